//! Saves the requirement draft, and the buttons of its form that only change what is on the page:
//! rows more or less, rows from a spreadsheet, an answer of the last order taken over.
//!
//! The one rule: nothing that was typed is lost, whichever button was used.

use super::editor::{summary, with_line};
use super::form::{self, MAX_FILES, NEW_SPECIAL, SPECIAL};
use super::lines::LINE;
use super::{Typed, build, last, must_be_possible, paste, run_with};
use crate::app::{FileFlaw, Upload};
use crate::domain::deal::Step;
use crate::domain::input::Flaw;
use crate::domain::policy::{self, Act};
use crate::domain::requirement::{RequirementContent, RequirementFile, RequirementFileKind, RequirementStatus};
use crate::domain::workflow::{Action, Case, Command};
use crate::store::products;
use crate::web::check::FieldErrors;
use crate::web::deals::{catalogue, frame, grid};
use crate::web::form::{FormView, Submitted, UploadedFile};
use crate::web::{Post, Problem, Web, page};
use axum::extract::{Path, State};
use axum::response::Response;

pub async fn save(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let case = frame::case_at(&web, &post.who, &no, Step::Requirement).await.map_err(|p| post.keeping(p))?;
    policy::may_on(&post.who.actor, Act::Do(Action::SaveRequirement), &case).map_err(|d| post.keeping(d))?;
    if let Some(changed) = changed(&web, &post, &case).await? {
        return again(&web, &post, &case, &changed, FieldErrors::new()).await;
    }
    if post.form.has("paste_rows") {
        return pasted(&web, &post, &case).await;
    }
    // Rows that still wait in the box for pasting are meant to be saved, too.
    let form = if post.form.value("paste").trim().is_empty() {
        post.form.clone()
    } else {
        match paste::into_form(&post.form) {
            Ok((form, _)) => form,
            Err(flaw) => return again(&web, &post, &case, &post.form, vec![("paste".to_owned(), flaw)]).await,
        }
    };
    let chosen = chosen_files(&post.form);
    match read(&web, &form, &case).await? {
        Ok(mut content) => match keep(&web, &form, &chosen, &mut content).await? {
            Ok(uploads) => run_with(&web, &post, &no, Command::SaveRequirement(Box::new(content)), uploads).await,
            Err(found) => again(&web, &post, &case, &form, found).await,
        },
        Err(mut found) => {
            if !chosen.is_empty() {
                found.push(("file".to_owned(), Flaw::ChooseFilesAgain));
            }
            again(&web, &post, &case, &form, found).await
        }
    }
}

async fn read(web: &Web, form: &Submitted, case: &Case) -> Result<Result<RequirementContent, FieldErrors>, Problem> {
    let typed = catalogue::typed(form.values("product").into_iter());
    let products = products::meant(&mut *web.app().db.read().await?, &typed).await?;
    let ids = || web.app().ids.next();
    let draft = case.requirement.as_ref().filter(|r| r.status == RequirementStatus::Draft);
    let about = form::About {
        customer: &case.customer,
        products: &products,
        lines: draft.map_or(&[][..], |r| r.content.lines.as_slice()),
        files: draft.map_or(&[][..], |r| r.content.files.as_slice()),
        next_id: &ids,
        now: web.app().clock.now(),
    };
    Ok(form::read(form, &about))
}

/// The page again with what was typed, as a refusal when something is wrong with it.
async fn again(
    web: &Web,
    post: &Post,
    case: &Case,
    typed: &Submitted,
    found: FieldErrors,
) -> Result<Response, Problem> {
    must_be_possible(web, post, case, Action::SaveRequirement)?;
    let t = post.t();
    let view = FormView::typed(typed, grid::at_controls(t, &found));
    let errors = summary(t, &view, &found);
    let is_fine = errors.is_empty();
    let page = build(web, &post.who, case, None, Some(post.form.version()), Typed::Content(view, errors)).await?;
    if is_fine { page::page(&page) } else { page::invalid(&page) }
}

/// The form as one of its small buttons leaves it; none when it is to be saved or pasted into.
async fn changed(web: &Web, post: &Post, case: &Case) -> Result<Option<Submitted>, Problem> {
    let form = &post.form;
    let number = |name: &str| form.value(name).parse::<usize>().ok();
    if form.has("take") {
        let last = last::of(web, &post.who.actor, case).await?;
        let taken = last.map(|last| last.taken(form, &case.customer, form.value("take")));
        return Ok(Some(taken.unwrap_or_else(|| form.clone())));
    }
    Ok(if form.has("add_row") {
        Some(with_line(form))
    } else if form.has("add_special") {
        Some(grid::with_row(form, &NEW_SPECIAL))
    } else if let Some(number) = number("remove_row") {
        Some(grid::without_row(form, &LINE, number))
    } else {
        number("remove_special").map(|number| grid::without_row(form, &SPECIAL, number))
    })
}

/// Takes the pasted rows into the grid and says at once what is wrong with them.
async fn pasted(web: &Web, post: &Post, case: &Case) -> Result<Response, Problem> {
    match paste::into_form(&post.form) {
        Err(flaw) => again(web, post, case, &post.form, vec![("paste".to_owned(), flaw)]).await,
        Ok((form, start)) => {
            let found = read(web, &form, case).await?.err().unwrap_or_default();
            let is_pasted = |field: &str| {
                let row = field.split_once('-').filter(|(name, _)| LINE.contains(name));
                row.and_then(|(_, row)| row.parse::<usize>().ok()).is_some_and(|row| row > start)
            };
            let found = found.into_iter().filter(|(field, _)| is_pasted(field)).collect();
            again(web, post, case, &form, found).await
        }
    }
}

fn chosen_files(form: &Submitted) -> Vec<&UploadedFile> {
    let is_chosen = |f: &&UploadedFile| f.field == "file" && !(f.file_name.is_empty() && f.content.is_empty());
    form.files.iter().filter(is_chosen).collect()
}

/// Keeps the chosen files and adds them to the content.
async fn keep(
    web: &Web,
    form: &Submitted,
    chosen: &[&UploadedFile],
    content: &mut RequirementContent,
) -> Result<Result<Vec<Upload>, FieldErrors>, Problem> {
    let refuse = |field: &str, flaw| Ok(Err(vec![(field.to_owned(), flaw)]));
    if chosen.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let Some(kind) = RequirementFileKind::parse(form.value("file_kind")) else {
        return refuse("file_kind", Flaw::Required);
    };
    if content.files.len() + chosen.len() > MAX_FILES {
        return refuse("file", Flaw::TooManyRows { max: MAX_FILES });
    }
    let mut uploads = Vec::new();
    for file in chosen {
        match web.app().keep_file(&file.file_name, file.content.clone()).await? {
            Ok(upload) => {
                content.files.push(RequirementFile { id: upload.id, kind, name: upload.file_name.clone() });
                uploads.push(upload);
            }
            Err(flaw) => return refuse("file", file_flaw(flaw)),
        }
    }
    Ok(Ok(uploads))
}

/// A file's flaw as that of its field.
pub fn file_flaw(flaw: FileFlaw) -> Flaw {
    match flaw {
        FileFlaw::Empty => Flaw::FileEmpty,
        FileFlaw::TooLarge => Flaw::FileTooLarge { max_mib: 10 },
        FileFlaw::Kind => Flaw::FileKind,
    }
}
