//! Changes of the drafted calendar: a year's list, somebody's hours, a half day or leave; and what becomes
//! of the draft.

use super::{Asked, CALENDAR, Typed, build, list, parse_whose};
use crate::app::calendars::CalendarDraft;
use crate::documents::sheets::SheetFlaw;
use crate::domain::calendar::{Calendar, CalendarData, CalendarFlaw, Hours, ListFlaw, OwnDay, UsualHours};
use crate::domain::input::Flaw;
use crate::domain::policy::Act;
use crate::store::people::Person;
use crate::store::{calendars, people};
use crate::web::check::Checker;
use crate::web::form::FormView;
use crate::web::sheet::read::off_the_threads;
use crate::web::work::only;
use crate::web::{Post, Problem, Web, page};
use crate::wording::Lang;
use axum::extract::State;
use axum::response::Response;

/// The drafted data, else what is in force; and everybody.
async fn start(web: &Web) -> Result<(CalendarData, Vec<Person>), Problem> {
    let mut conn = web.app().db.read().await?;
    let versions = calendars::versions(&mut conn).await?;
    let people = people::all(&mut conn).await?;
    Ok((versions.into_iter().next().map(|v| v.data).unwrap_or_default(), people))
}

async fn refuse(web: &Web, post: &Post, errors: Vec<(String, String)>) -> Result<Response, Problem> {
    let typed = Typed { form: FormView::typed(&post.form, errors), revision: post.form.version() };
    page::invalid(&build(web, &post.who, &Asked::default(), Some(typed)).await?)
}

async fn keep(web: &Web, post: &Post, data: CalendarData, note: String) -> Result<Response, Problem> {
    // What was drafted before may contradict itself.
    if let Err(flaw) = Calendar::of_company(CALENDAR.href, &data) {
        let t = post.t();
        let words = match flaw {
            CalendarFlaw::DayTwice { date } => t.calendar_day_twice(t.date(date)),
            _ => t.flaw(&Flaw::UnknownChoice),
        };
        return refuse(web, post, vec![("list".to_owned(), words)]).await;
    }
    let by = post.by(CALENDAR.href);
    let draft = CalendarDraft { data, note };
    let done = web.app().draft_calendar(&by, post.form.version(), &draft).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(web, done.then(), "saved"))
}

fn list_flaw(t: Lang, flaw: &ListFlaw) -> String {
    match flaw {
        ListFlaw::Empty => t.calendar_list_empty().to_owned(),
        ListFlaw::OtherYear { row, year } => t.calendar_list_other_year(row + 1, year),
        ListFlaw::Twice { row } => t.calendar_list_twice(row + 1),
        ListFlaw::OtherList { row, year } => t.calendar_list_other_list(row + 1, year),
    }
}

pub async fn list(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::DraftRules)?;
    let t = post.t();
    let Some(file) = post.form.file("list") else {
        return refuse(&web, &post, vec![("list".to_owned(), t.flaw(&Flaw::FileMissing))]).await;
    };
    let (data, _) = start(&web).await?;
    let content = file.content.clone();
    // A file that makes the reader panic is a broken file.
    let read = off_the_threads(move || list::read(&content)).await;
    let rows = match read.unwrap_or_else(|| Err(vec![list::Unreadable::File(SheetFlaw::Broken)])) {
        Ok(rows) => rows,
        Err(flaws) => {
            let errors = flaws.iter().map(|flaw| ("list".to_owned(), list::words(t, flaw))).collect();
            return refuse(&web, &post, errors).await;
        }
    };
    match data.with_list(&rows) {
        Ok(data) => {
            let note = t.calendar_note_list(&file.file_name, rows.len());
            keep(&web, &post, data, note).await
        }
        Err(flaws) => {
            let errors = flaws.iter().map(|flaw| ("list".to_owned(), list_flaw(t, flaw))).collect();
            refuse(&web, &post, errors).await
        }
    }
}

/// Intervals as people write them: `9:00-12:00, 13:00–18:00`; nothing is a day without hours.
fn hours_of(raw: &str) -> Result<Hours, Flaw> {
    let minute = |text: &str| -> Option<u16> {
        let (hour, minute) =
            text.trim().replace('：', ":").split_once(':').map(|(h, m)| (h.to_owned(), m.to_owned()))?;
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
    };
    let parts = raw.split([',', '，', '、', ';', '；']).map(str::trim).filter(|part| !part.is_empty());
    let intervals: Option<Vec<(u16, u16)>> = parts
        .map(|part| {
            let (from, to) = part.split_once(['-', '–', '—', '~', '～'])?;
            Some((minute(from)?, minute(to)?))
        })
        .collect();
    intervals.and_then(|intervals| Hours::new(intervals).ok()).ok_or(Flaw::NotATime)
}

pub async fn day(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::DraftRules)?;
    let t = post.t();
    let (mut data, people) = start(&web).await?;
    let mut check = Checker::new(&post.form);
    let whose = check.choice("day_whose", |raw| parse_whose(raw, &people));
    let date = check.date("day_date");
    let hours = hours_of(post.form.value("day_hours"));
    let hours = check.parsed("day_hours", hours);
    let name = check.text("day_name", 2, 60);
    match (whose, date, hours, name, check.finish()) {
        (Some(whose), Some(date), Some(hours), Some(name), Ok(())) => {
            data.days.retain(|d| (d.whose, d.date) != (whose, date));
            let note = t.calendar_note_day(t.date(date), &name);
            data.days.push(OwnDay { whose, date, hours, name });
            data.days.sort_by_key(|d| (d.date, d.whose));
            keep(&web, &post, data, note).await
        }
        (.., found) => {
            let flaws = found.err().unwrap_or_default();
            refuse(&web, &post, flaws.iter().map(|(f, flaw)| (f.clone(), t.flaw(flaw))).collect()).await
        }
    }
}

pub async fn hours(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::DraftRules)?;
    let t = post.t();
    let (mut data, people) = start(&web).await?;
    let mut check = Checker::new(&post.form);
    let whose = check.choice("hours_whose", |raw| parse_whose(raw, &people));
    let hours = check.required("hours_hours", hours_of);
    match (whose, hours, check.finish()) {
        (Some(whose), Some(hours), Ok(())) => {
            data.hours.retain(|h| h.whose != whose);
            data.hours.push(UsualHours { whose, hours });
            data.hours.sort_by_key(|h| h.whose);
            let note = t.calendar_note_hours(super::whose_name(t, whose, &people));
            keep(&web, &post, data, note).await
        }
        (.., found) => {
            let flaws = found.err().unwrap_or_default();
            refuse(&web, &post, flaws.iter().map(|(f, flaw)| (f.clone(), t.flaw(flaw))).collect()).await
        }
    }
}

pub async fn remove(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::DraftRules)?;
    let t = post.t();
    let (mut data, _) = start(&web).await?;
    let before = data.clone();
    if let Some((what, at)) = post.form.value("entry").split_once('-')
        && let Ok(at) = at.parse::<usize>()
    {
        match what {
            "hours" if at < data.hours.len() => drop(data.hours.remove(at)),
            "day" if at < data.days.len() => drop(data.days.remove(at)),
            _ => {}
        }
    }
    if data == before {
        return refuse(&web, &post, vec![("entry".to_owned(), t.flaw(&Flaw::UnknownChoice))]).await;
    }
    keep(&web, &post, data, t.calendar_note_removed().to_owned()).await
}

pub async fn discard(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::DraftRules)?;
    let by = post.by(CALENDAR.href);
    let done = web.app().discard_calendar(&by, post.form.version()).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}

pub async fn publish(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::PublishRules)?;
    let by = post.by(CALENDAR.href);
    let done = web.app().publish_calendar(&by, post.form.version()).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), "saved"))
}

pub async fn recompute(State(web): State<Web>, post: Post) -> Result<Response, Problem> {
    only(&post.who, Act::PublishRules)?;
    let by = post.by(CALENDAR.href);
    web.app().recompute_open_nodes(&by).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, CALENDAR.href, "saved"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let read = |raw: &str| hours_of(raw).map(|h| h.intervals().to_vec());
        assert_eq!(read("9:00-12:00, 13:00–18:00"), Ok(vec![(540, 720), (780, 1080)]));
        assert_eq!(read("08：30～11：30，22:00-24:00"), Ok(vec![(510, 690), (1320, 1440)]));
        assert_eq!(read(""), Ok(vec![]));
        for bad in ["9-12", "12:00-9:00", "9:00-12:00,11:00-13:00", "9:60-10:00", "23:00-25:00", "x", "-1:00-2:00"] {
            assert_eq!(read(bad), Err(Flaw::NotATime), "{bad}");
        }
    }
}
