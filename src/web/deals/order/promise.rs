//! A later delivery, agreed with the customer before the order is confirmed: who said yes, and how.

use super::{again, done, frame};
use crate::domain::requirement::RequirementConfirmMethod;
use crate::domain::workflow::{Action, Blocker, Case, Command, Offer};
use crate::web::check::Checker;
use crate::web::form::Choice;
use crate::web::{Post, Problem, Web};
use crate::wording::Lang;
use axum::extract::{Path, State};
use axum::response::Response;

pub(super) struct PromiseForm {
    pub contacts: Vec<Choice>,
    pub methods: Vec<Choice>,
    /// The promise is over: nothing else can be done before.
    pub is_next: bool,
}

pub(super) fn form(t: Lang, case: &Case, offers: &[Offer]) -> Option<PromiseForm> {
    frame::offer(offers, Action::AgreePromise).filter(|o| o.is_ready())?;
    let confirm = frame::offer(offers, Action::ConfirmOrder);
    let contacts = case.customer.profile.active_contacts();
    Some(PromiseForm {
        contacts: contacts.map(|c| Choice::new(&c.name, format!("{} · {}", c.name, c.title))).collect(),
        methods: RequirementConfirmMethod::ALL
            .iter()
            .map(|m| Choice::new(m.code(), t.requirement_confirm_method(*m)))
            .collect(),
        is_next: confirm.is_some_and(|o| {
            o.blockers.iter().any(|b| matches!(b, Blocker::PromisePassed { .. } | Blocker::PromiseTooEarly { .. }))
        }),
    })
}

pub(super) async fn agree(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let to = check.date_time("agreed_to");
    let contact = check.text("agreed_with", 2, 30);
    let method = check.choice("agreed_how", RequirementConfirmMethod::parse);
    let note = check.optional_long_text("agreed_note", 2, 500);
    match (check.finish(), to, contact, method) {
        (Ok(()), Some(to), Some(contact), Some(method)) => {
            done(&web, &no, &post, Command::AgreePromise { to, contact, method, note }).await
        }
        (found, ..) => again(&web, &no, &post, found.err().unwrap_or_default()).await,
    }
}
