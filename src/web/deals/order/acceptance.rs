//! The customer's yes: the form that records it, and what is on record of it: which version, who, how,
//! when, and on which paper.

use super::{again, frame};
use crate::app::FileFlaw;
use crate::domain::customer::InvoiceKind;
use crate::domain::input::Flaw;
use crate::domain::link::AnswerKind;
use crate::domain::order::{AcceptanceKind, Order};
use crate::domain::policy::{self, Act};
use crate::domain::purchase_order::PoCheck;
use crate::domain::workflow::{Action, Blocker, Case, Command, Offer};
use crate::store::{documents, links};
use crate::web::check::Checker;
use crate::web::deals::frame::Condition;
use crate::web::form::Choice;
use crate::web::page;
use crate::web::{Post, Problem, SignedIn, Web};
use crate::wording::Lang;
use axum::extract::{Path, State};
use axum::response::Response;

pub(super) struct AcceptanceForm {
    pub kinds: Vec<Choice>,
    pub conditions: Vec<Condition>,
    /// An expired quote may still have been accepted in time.
    pub is_closed: bool,
}

pub(super) fn form(t: Lang, case: &Case, offer: &Offer) -> AcceptanceForm {
    AcceptanceForm {
        kinds: AcceptanceKind::ALL
            .iter()
            .filter(|k| **k != AcceptanceKind::Online)
            .map(|k| Choice::new(k.code(), t.acceptance_kind(*k)))
            .collect(),
        conditions: frame::conditions(t, page::Prices::Hidden, case, &offer.blockers),
        is_closed: offer.blockers.iter().any(|b| !matches!(b, Blocker::QuoteExpired { .. })),
    }
}

/// What proves that the customer accepted this version.
pub(super) struct Evidence {
    pub facts: Vec<(String, String)>,
    /// For who may open it.
    pub file_href: Option<String>,
    /// What the customer's purchase order says otherwise.
    pub difference: Option<String>,
    pub may_change: bool,
}

pub(super) async fn evidence(web: &Web, who: &SignedIn, case: &Case, order: &Order) -> Result<Evidence, Problem> {
    let t = who.t();
    let a = &order.acceptance;
    let mut facts = vec![
        (t.field("acceptance_kind").to_owned(), t.acceptance_kind(a.kind).to_owned()),
        (t.field("accepted_at").to_owned(), t.moment_full(a.accepted_at)),
    ];
    match (a.kind, &case.deal) {
        (AcceptanceKind::Online, Some(deal)) => {
            let mut conn = web.app().db.read().await?;
            let all = links::of_deal(&mut conn, deal.id, case.customer.id).await?;
            let mut of_quote = all.iter().filter(|l| l.quote == Some(order.quote));
            if let Some(said) = of_quote.find_map(|l| l.answer(AnswerKind::Accepted)) {
                let who = [Some(said.by_name.as_str()), said.by_title.as_deref()];
                let who = who.into_iter().flatten().collect::<Vec<_>>().join(" · ");
                facts.push((t.order_page_accepted_by().to_owned(), who));
            }
        }
        _ => facts.push((t.order_page_recorded_by().to_owned(), t.person(&order.recorded_by_name))),
    }
    if let Some(po_no) = &a.po_no {
        facts.push((t.field("po_no").to_owned(), po_no.clone()));
        let compared = match &a.po_check {
            Some(PoCheck { difference: Some(_) }) => t.order_page_po_differs(),
            Some(PoCheck { difference: None }) => t.order_page_po_agrees(),
            None => t.order_page_po_unknown(),
        };
        facts.push((t.order_page_po_compared_short().to_owned(), compared.to_owned()));
    }
    // The same code stands in the foot of the paper and on the customer's page.
    let mut conn = web.app().db.read().await?;
    for sent in documents::sent_hashes(&mut conn, order.quote).await? {
        let language = if sent.language == "zh" { t.document_chinese() } else { t.document_english() };
        facts.push((t.order_page_check_code(language), sent.shown()));
    }
    drop(conn);
    Ok(Evidence {
        facts,
        file_href: policy::opens_deal_file(&who.actor, case, true).then(|| format!("/files/{}", a.file)),
        // What differs may be a price.
        difference: a.po_check.as_ref().and_then(|c| c.difference.clone()).filter(|_| sees_prices(who, case)),
        may_change: order.confirmed_at.is_some(),
    })
}

fn sees_prices(who: &SignedIn, case: &Case) -> bool {
    policy::may_on(&who.actor, Act::SeePrices, case).is_ok()
}

/// Who the invoice is made out to, as it was copied from the archive; for who may see prices.
pub(super) fn invoice(who: &SignedIn, case: &Case, order: &Order) -> Vec<(String, String)> {
    let (t, block) = (who.t(), &order.invoice_block);
    let Some(kind) = block.kind.filter(|_| sees_prices(who, case)) else { return Vec::new() };
    if kind == InvoiceKind::None {
        return vec![(t.field("invoice_kind").to_owned(), t.order_page_invoice_none().to_owned())];
    }
    let mut out = vec![(t.field("invoice_kind").to_owned(), t.invoice_kind(kind).to_owned())];
    for (field, value) in [
        ("invoice_title", &block.title),
        ("invoice_tax_no", &block.tax_no),
        ("bank_name", &block.bank),
        ("bank_account", &block.account),
        ("invoice_delivery", &block.delivery),
    ] {
        out.extend(value.iter().map(|value| (t.field(field).to_owned(), value.clone())));
    }
    out
}

/// The flaw of a refused file, as form fields have it.
pub(in crate::web::deals) fn file_flaw(flaw: FileFlaw) -> Flaw {
    match flaw {
        FileFlaw::Empty => Flaw::FileEmpty,
        FileFlaw::TooLarge => Flaw::FileTooLarge { max_mib: 10 },
        FileFlaw::Kind => Flaw::FileKind,
    }
}

pub(super) async fn accept(State(web): State<Web>, Path(no): Path<String>, post: Post) -> Result<Response, Problem> {
    let mut check = Checker::new(&post.form);
    let kind = check.choice("acceptance_kind", AcceptanceKind::parse_recorded);
    let accepted_at = check.date_time("accepted_at");
    if accepted_at.is_some_and(|at| at > web.app().clock.now()) {
        check.fail("accepted_at", Flaw::InTheFuture);
    }
    let po_no = match kind {
        Some(AcceptanceKind::CustomerPo) => check.text("po_no", 1, 40),
        _ => check.optional_text("po_no", 1, 40),
    };
    let difference = check.optional_long_text("po_difference", 2, 500);
    // A difference that is written down is the result of a comparison.
    let is_compared = check.ticked("po_compared") || difference.is_some();
    if po_no.is_some() && !is_compared {
        check.fail("po_compared", Flaw::Required);
    }
    let po_check = po_no.is_some().then_some(PoCheck { difference });
    let file = post.form.file("file");
    if file.is_none() {
        check.fail("file", Flaw::FileMissing);
    }
    let (true, Some(kind), Some(accepted_at), Some(file)) = (check.is_clean(), kind, accepted_at, file) else {
        return again(&web, &no, &post, check.finish().err().unwrap_or_default()).await;
    };
    let upload = match web.app().keep_file(&file.file_name, file.content.clone()).await? {
        Ok(upload) => upload,
        Err(flaw) => return again(&web, &no, &post, vec![("file".to_owned(), file_flaw(flaw))]).await,
    };
    let command = Command::RecordAcceptance { kind, accepted_at, file: upload.id, po_no, po_check };
    let by = post.by_with(format!("/deals/{no}/order"), vec![upload]);
    let done = web.app().act_on_deal(&by, &no, post.form.version(), command).await.map_err(|f| post.keeping(f))?;
    Ok(page::see_other(&web, done.then(), Action::RecordAcceptance.code()))
}
