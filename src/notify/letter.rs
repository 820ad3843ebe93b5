//! What a message says: a short subject, one line for each notice, and where to look.
//!
//! A letter holds numbers, acts and times; the customer's name only where one person reads it;
//! never a price, a cost or a note. Its links open pages that ask; nothing is done by following one.

use crate::domain::email::Email;
use crate::domain::message::{ChannelKind, Purpose};
use crate::wording::Lang;
use askama::Template;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// Characters that a subject may have.
const LONGEST_SUBJECT: usize = 70;

/// One notice of a message.
#[derive(Debug, Clone)]
pub struct Told {
    pub notice: Uuid,
    pub kind: String,
    pub facts: Value,
    pub no: Option<String>,
    /// Left out where the reader may not see it, or wants it kept quiet.
    pub customer: Option<String>,
    pub at: DateTime<Utc>,
    pub is_urgent: bool,
    /// When what the customer was promised is due; left out like the customer.
    pub promised_at: Option<DateTime<Utc>>,
}

/// Everything a message to one person is made of.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub id: Uuid,
    pub purpose: Purpose,
    /// Code of the reader's language.
    pub language: String,
    /// In Chinese and in English.
    pub name: [String; 2],
    pub email: Option<Email>,
    pub phone: Option<String>,
    pub told: Vec<Told>,
    /// `https://host` of this installation; without it a message has no links.
    pub public_url: Option<String>,
    /// In Chinese and in English.
    pub company: [String; 2],
}

#[derive(Debug, Clone)]
pub struct Item {
    pub kind: String,
    pub text: &'static str,
    pub no: String,
    pub customer: String,
    pub when: String,
    pub promise: String,
    pub at: DateTime<Utc>,
    pub is_urgent: bool,
    pub href: Option<String>,
    pub rows: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Letter {
    pub id: Uuid,
    pub t: Lang,
    pub purpose: Purpose,
    pub sender: String,
    pub name: String,
    pub email: Option<Email>,
    pub phone: Option<String>,
    pub subject: String,
    pub lead: String,
    pub items: Vec<Item>,
    /// All notices; the page where the person chooses what is sent.
    pub all: Option<String>,
    pub choose: Option<String>,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Words(String),
    Link { words: String, href: String },
}

impl Piece {
    fn size(&self) -> usize {
        match self {
            Self::Words(words) => words.len() + 8,
            Self::Link { words, href } => words.len() + href.len() + 16,
        }
    }
}

/// A subject is one short line.
fn short(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= LONGEST_SUBJECT {
        return line;
    }
    let cut: String = line.chars().take(LONGEST_SUBJECT - 1).collect();
    format!("{cut}…")
}

/// A sentence inside a subject, without its full stop.
fn bare(text: &str) -> &str {
    text.trim_end_matches(['。', '.'])
}

/// The letter for a kind of channel: what a whole group can read names no customer.
pub fn compose(bundle: &Bundle, kind: ChannelKind) -> Letter {
    let t = Lang::parse(&bundle.language).unwrap_or_default();
    let in_language = |[zh, en]: &[String; 2]| if t == Lang::En { en.clone() } else { zh.clone() };
    let name = in_language(&bundle.name);
    let at = |path: String| bundle.public_url.as_ref().map(|url| format!("{url}{path}"));
    let items: Vec<Item> = bundle
        .told
        .iter()
        .map(|told| Item {
            kind: told.kind.clone(),
            text: t.notice(&told.kind),
            no: told.no.clone().unwrap_or_default(),
            customer: told.customer.clone().filter(|_| kind == ChannelKind::Mail).unwrap_or_default(),
            when: t.moment(told.at),
            promise: told.promised_at.map(|at| t.message_promise(t.moment(at))).unwrap_or_default(),
            at: told.at,
            is_urgent: told.is_urgent,
            href: at(format!("/notices/{}", told.notice)),
            rows: t.digest(&told.facts),
        })
        .collect();
    let subject = match (bundle.purpose, items.as_slice()) {
        (Purpose::Test, _) | (_, []) => t.message_test_subject().to_owned(),
        (_, [one]) => t.message_subject_one(&one.no, bare(one.text)).trim().to_owned(),
        (_, [first, ..]) => t.message_subject_many(items.len(), bare(first.text)),
    };
    let is_urgent = items.iter().any(|item| item.is_urgent);
    let subject = if is_urgent { t.message_urgent(subject) } else { subject };
    let lead = match bundle.purpose {
        Purpose::Test => t.message_test_lead(&name),
        Purpose::Notices if items.len() == 1 => t.message_lead_one(&name),
        Purpose::Notices => t.message_lead(items.len(), &name),
    };
    Letter {
        id: bundle.id,
        t,
        purpose: bundle.purpose,
        sender: t.message_sender(in_language(&bundle.company)),
        name,
        email: bundle.email.clone(),
        phone: bundle.phone.clone(),
        subject: short(&subject),
        lead,
        items,
        all: at("/notices".to_owned()),
        choose: at("/account/messages".to_owned()),
    }
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    t: Lang,
    letter: &'a Letter,
}

impl Letter {
    fn item(&self, item: &Item) -> Vec<Vec<Piece>> {
        let parts = [item.text, &item.no, &item.customer, &item.when, &item.promise];
        let words = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        let words = if item.is_urgent { self.t.message_urgent(words) } else { words };
        let mut first = vec![Piece::Words(words)];
        if let Some(href) = &item.href {
            first.push(Piece::Words("  ".to_owned()));
            first.push(Piece::Link { words: self.t.message_open().to_owned(), href: href.clone() });
        }
        let rows = item.rows.iter().map(|row| vec![Piece::Words(format!("– {row}"))]);
        std::iter::once(first).chain(rows).collect()
    }

    /// The lines of the message, cut to `limit` bytes between two notices, with how many are left.
    pub fn pieces(&self, limit: usize) -> Vec<Vec<Piece>> {
        let mut lines = vec![vec![Piece::Words(self.lead.clone())]];
        let mut size = 400 + self.subject.len() + self.lead.len();
        let mut shown = 0;
        for item in &self.items {
            let mut more = self.item(item);
            let of = |line: &Vec<Piece>| line.iter().map(Piece::size).sum::<usize>();
            // A long list is cut at its end; its first line says what it is.
            while more.len() > 1 && size + more.iter().map(of).sum::<usize>() > limit {
                more.pop();
            }
            size = size.saturating_add(more.iter().map(of).sum());
            if size > limit {
                break;
            }
            lines.extend(more);
            shown += 1;
        }
        if shown < self.items.len() {
            lines.push(vec![Piece::Words(self.t.message_more(self.items.len() - shown))]);
        }
        match &self.all {
            Some(href) => {
                lines.push(vec![Piece::Link { words: self.t.message_all().to_owned(), href: href.clone() }]);
            }
            None => lines.push(vec![Piece::Words(self.t.message_no_link().to_owned())]),
        }
        lines
    }

    /// Text without any marks; addresses stand there as they are.
    pub fn plain(&self, limit: usize) -> String {
        let line = |pieces: &Vec<Piece>| {
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Words(words) => words.clone(),
                    Piece::Link { words, href } => format!("{words} {href}"),
                })
                .collect::<String>()
        };
        let mut lines: Vec<String> = self.pieces(limit).iter().map(line).collect();
        if let (Some(href), true) = (&self.choose, limit == usize::MAX) {
            lines.push(format!("{} {href}", self.t.message_choose()));
        }
        lines.join("\n")
    }

    /// Markdown of chat robots; what people typed cannot become a mark.
    pub fn markdown(&self, limit: usize) -> String {
        let line = |pieces: &Vec<Piece>| {
            pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Words(words) => unmarked(words),
                    Piece::Link { words, href } => format!("[{words}]({href})"),
                })
                .collect::<String>()
        };
        let lines: Vec<String> = self.pieces(limit).iter().map(line).collect();
        format!("#### {}\n\n{}", unmarked(&self.subject), lines.join("\n\n"))
    }

    pub fn html(&self) -> String {
        // A template that is compiled in and writes into a string cannot fail.
        Html { t: self.t, letter: self }.render().unwrap_or_default()
    }

    /// For programs: kinds and moments instead of words.
    pub fn json(&self) -> String {
        let items: Vec<Value> = self
            .items
            .iter()
            .map(|item| {
                json!({ "kind": item.kind, "no": item.no, "at": item.at, "urgent": item.is_urgent, "text": item.text, "href": item.href })
            })
            .collect();
        json!({ "type": self.purpose.code(), "id": self.id, "to": self.name, "subject": self.subject, "items": items })
            .to_string()
    }
}

/// Signs of markdown as their full-width forms.
fn unmarked(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '*' => '＊',
            '[' => '［',
            ']' => '］',
            '<' => '＜',
            '>' => '＞',
            '`' => '｀',
            '#' => '＃',
            '|' => '｜',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(count: usize) -> Bundle {
        let told = |n: usize| Told {
            notice: Uuid::from_u128(n as u128),
            kind: "decide_node".to_owned(),
            facts: json!({}),
            no: Some(format!("CD-20260917-{n:03}")),
            customer: Some("苏州星辰<云>启".to_owned()),
            at: DateTime::from_timestamp(1_789_000_000, 0).expect("in range"),
            is_urgent: false,
            promised_at: DateTime::from_timestamp(1_789_086_400, 0),
        };
        Bundle {
            id: Uuid::from_u128(7),
            purpose: Purpose::Notices,
            language: "zh".to_owned(),
            name: ["李强*".to_owned(), "Li Qiang".to_owned()],
            email: None,
            phone: None,
            told: (1..=count).map(told).collect(),
            public_url: Some("https://kd.example".to_owned()),
            company: ["启明达".to_owned(), "Qimingda".to_owned()],
        }
    }

    #[test]
    fn a_group_reads_no_customer_and_a_long_list_is_cut_with_a_way_to_the_rest() {
        let letter = compose(&bundle(300), ChannelKind::Wecom);
        let text = letter.plain(ChannelKind::Wecom.longest());
        assert!(text.len() <= 2_048, "{} bytes", text.len());
        assert!(
            !text.contains("星辰") && text.contains("https://kd.example/notices/") && text.contains("还有"),
            "{text}"
        );
        let markdown = compose(&bundle(2), ChannelKind::Dingtalk).markdown(15_000);
        assert!(!markdown.contains("李强*") && !markdown.contains("星辰"), "{markdown}");
    }

    #[test]
    fn a_mail_names_the_customer_and_escapes_it() {
        let letter = compose(&bundle(1), ChannelKind::Mail);
        assert!(letter.plain(usize::MAX).contains("苏州星辰<云>启"));
        assert!(letter.html().contains("苏州星辰&#60;云&#62;启"), "{}", letter.html());
        assert!(letter.subject.contains("CD-20260917-001") && letter.subject.chars().count() <= LONGEST_SUBJECT);
        assert!(!letter.subject.contains("星辰"));
        let promised = Lang::Zh.moment(DateTime::from_timestamp(1_789_086_400, 0).expect("in range"));
        assert!(letter.html().contains(&promised) && letter.plain(usize::MAX).contains(&promised), "{promised}");
    }

    #[test]
    fn without_an_address_of_its_own_a_message_says_where_to_look() {
        let letter = compose(&Bundle { public_url: None, ..bundle(1) }, ChannelKind::Mail);
        assert!(!letter.html().contains("href") && letter.plain(usize::MAX).contains("快单"));
    }
}
