//! Every guard refuses something, names it, and lets the ready case pass.

use super::commands::{Film, change_of, draft_of, first_line, invoice, shortage, stop_of, troubled};
use crate::harness::sample;
use crate::harness::stages::{Stage, decide};
use crate::harness::world::{day, moment};
use chrono::TimeDelta;
use kuaidan::domain::alternative::{Alternative, OtherQuote};
use kuaidan::domain::approval::{Decided, Decision, NodeKind, NodeStatus};
use kuaidan::domain::change::{
    Answer, Bearer, CallBack, Change, ChangeApproval, ChangeKind, ChangeReason, ChangeStatus, Loss, NewTotal, Phase,
    Way, current_content, items_of,
};
use kuaidan::domain::customer::{
    ContactRank, CustomerConfirmMethod, Mark, RegistryStatus, Verification, VerifyChannel,
};
use kuaidan::domain::delivery::{DelayCause, ExceptionFacts, ExceptionKind, ExceptionStatus, ToldAbout, ToldBy};
use kuaidan::domain::fast_path::{ObjectionOutcome, PostReview, PostReviewStatus, ReviewResult};
use kuaidan::domain::feedback::{FeedbackCategory, FeedbackCommand, FeedbackStatus, Lesson, Statement};
use kuaidan::domain::ids::{CallId, InvoiceId, OrderId, PickingId, PostReviewId, QuoteId, RequirementId, ShipmentId};
use kuaidan::domain::order::{AcceptanceKind, DeliveryStage, OrderStatus};
use kuaidan::domain::order_stop::{StopAnswer, StopKind, StopReason, StopStatus};
use kuaidan::domain::pledge::PledgeAnswer;
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::receivable::Invoice;
use kuaidan::domain::requirement::{
    LineKind, MatchKind, RequirementConfirmMethod, RequirementContent, RequirementFile, RequirementFileKind,
};
use kuaidan::domain::round::{
    Call, CallEnded, CallKind, Capacity, CheckItem, Colleague, Condition, ConditionKind, Named, ProductionView,
    SheetFlaw, Verdict,
};
use kuaidan::domain::staff::{Department, Role};
use kuaidan::domain::workflow::table::TABLE;
use kuaidan::domain::workflow::{
    Action, Ask, Blocker, Case, Command, Guard, LineQuantity, PHONE_LIMIT, Signature, Waiver, blockers,
};
use rust_decimal::{Decimal, dec};
use uuid::Uuid;

struct Attempt {
    case: Case,
    command: Command,
    expected: Blocker,
}

struct Attempts<'a> {
    film: &'a Film,
    all: Vec<Attempt>,
}

impl Attempts<'_> {
    /// Takes the film at a stage, changes the case, and expects one blocker of the fitting command.
    fn case(&mut self, stage: Stage, action: Action, change: impl FnOnce(&mut Case), expected: Blocker) {
        let mut case = self.film.at(stage);
        change(&mut case);
        let command = self.film.command(action, &case);
        self.all.push(Attempt { case, command, expected });
    }

    /// Takes the film at a stage as it is, and expects one blocker of a command typed wrongly.
    fn typed(&mut self, stage: Stage, command: impl FnOnce(&Case) -> Command, expected: Blocker) {
        let case = self.film.at(stage);
        let command = command(&case);
        self.all.push(Attempt { case, command, expected });
    }
}

fn customers(a: &mut Attempts) {
    let registered = Stage::Registered;
    let ask = Action::RequestVerification;
    a.case(registered, ask, |c| c.customer.profile.uscc = None, Blocker::FieldMissing { field: "uscc" });
    a.case(
        registered,
        ask,
        |c| c.customer.profile.invoice_delivery = None,
        Blocker::FieldMissing { field: "invoice_delivery" },
    );
    a.case(registered, ask, |c| c.customer.license = None, Blocker::LicenseMissing);
    for status in
        [RegistryStatus::Revoked, RegistryStatus::Deregistered, RegistryStatus::Closed, RegistryStatus::Liquidation]
    {
        a.case(
            registered,
            ask,
            |c| c.customer.profile.registry_status = Some(status),
            Blocker::RegistryBlocks { status },
        );
    }
    a.case(registered, ask, |c| c.customer.profile.contacts[0].email = None, Blocker::PrimaryContactMissing);
    a.case(
        registered,
        ask,
        |c| c.customer.profile.contacts[1].rank = ContactRank::Primary,
        Blocker::BackupContactMissing,
    );
    a.case(registered, ask, |c| c.customer.profile.contacts[1].is_active = false, Blocker::BackupContactMissing);
    // One person twice is no backup: name and phone both differ.
    let twice = |c: &mut Case| {
        let primary = c.customer.profile.contacts[0].name.clone();
        c.customer.profile.contacts[1].name = primary;
    };
    a.case(registered, ask, twice, Blocker::BackupContactMissing);
    let one_phone = |c: &mut Case| {
        let primary = c.customer.profile.contacts[0].mobile.clone();
        c.customer.profile.contacts[1].mobile = primary;
    };
    a.case(registered, ask, one_phone, Blocker::BackupContactMissing);
    a.case(registered, ask, |c| c.customer.profile.contacts[0].roles.clear(), Blocker::DecisionMakerMissing);
    a.case(Stage::VerificationAsked, Action::VerifyLicense, |c| c.customer.license = None, Blocker::LicenseMissing);
    a.typed(
        Stage::Archived,
        |_| Command::ReviewCustomer {
            channel: VerifyChannel::Gsxt,
            registry_status: RegistryStatus::Liquidation,
            findings: "正在清算".to_owned(),
        },
        Blocker::RegistryBlocks { status: RegistryStatus::Liquidation },
    );
    a.case(Stage::Verified, Action::VerifyLicense, |_| (), Blocker::WrongState);
    a.case(Stage::Verified, Action::Archive, |_| (), Blocker::CustomerNotConfirmed);
    a.case(Stage::VerificationAsked, Action::Archive, |_| (), Blocker::LicenseNotVerified);
    archives(a);
    a.case(Stage::QuoteDrafted, Action::SubmitQuote, |c| c.customer.is_credit_hold = true, Blocker::CreditHold);
    a.case(Stage::QuoteSubmitted, Action::DecideNode, |c| c.customer.is_credit_hold = true, Blocker::CreditHold);
    a.case(Stage::Accepted, Action::ConfirmOrder, |c| c.customer.is_blacklisted = true, Blocker::Blacklisted);
    a.case(Stage::Packed, Action::Ship, |c| c.customer.is_inactive = true, Blocker::Inactive);
    let since = day("2026-08-17");
    a.case(
        Stage::Accepted,
        Action::ConfirmOrder,
        |c| c.customer.next_review_on = Some(since),
        Blocker::ReviewOverdue { since },
    );
}

/// The archive's own acts: reasons, marks, the manager's words, the owner.
fn archives(a: &mut Attempts) {
    let archived = Stage::Archived;
    let confirmed = |c: &mut Case| {
        let by = c.customer.owner;
        c.customer.verification = c.customer.verification.clone().or(Some(Verification {
            by,
            at: moment("09-17 10:20"),
            channel: VerifyChannel::Gsxt,
        }));
        c.customer.profile.registry_status = Some(RegistryStatus::Abnormal);
    };
    a.case(Stage::Verified, Action::Archive, confirmed, Blocker::RegistryNoteMissing);
    a.typed(
        archived,
        |c| {
            let mut profile = c.customer.profile.clone();
            profile.legal_rep = Some("沈若安".to_owned());
            Command::SaveCustomer(Box::new(profile))
        },
        Blocker::ReopeningUnexplained,
    );
    // Verified and not archived yet: another company would be nobody's finding.
    a.typed(
        Stage::Verified,
        |c| {
            let mut profile = c.customer.profile.clone();
            "苏州别家科技有限公司".clone_into(&mut profile.legal_name);
            Command::SaveCustomer(Box::new(profile))
        },
        Blocker::ReopeningUnexplained,
    );
    let confirm = |contact: &str, method| Command::ConfirmWithCustomer {
        method,
        contact: contact.to_owned(),
        note: None,
        file: None,
    };
    a.typed(Stage::Verified, |_| confirm("李娜", CustomerConfirmMethod::File), Blocker::EvidenceMissing);
    a.typed(Stage::Verified, |_| confirm("外人", CustomerConfirmMethod::Phone), Blocker::ContactMissing);
    a.case(Stage::Registered, Action::OverrideCode, |c| c.customer.license = None, Blocker::LicenseMissing);
    a.typed(
        Stage::Registered,
        |c| Command::OverrideCode {
            code: c.customer.profile.uscc.clone().expect("the story's code"),
            reason: "没有原因".to_owned(),
        },
        Blocker::CodeFits,
    );
    a.case(archived, Action::NoteRegistry, |_| (), Blocker::RegistryNotAbnormal);
    for (mark, set, lift) in [
        (Mark::CreditHold, Action::HoldCredit, Action::ReleaseCredit),
        (Mark::Blacklisted, Action::Blacklist, Action::LiftBlacklist),
        (Mark::Inactive, Action::DeactivateCustomer, Action::ReactivateCustomer),
    ] {
        let marked = move |c: &mut Case| match mark {
            Mark::CreditHold => c.customer.is_credit_hold = true,
            Mark::Blacklisted => c.customer.is_blacklisted = true,
            Mark::Inactive => c.customer.is_inactive = true,
        };
        a.case(archived, set, marked, Blocker::AlreadyMarked { mark });
        a.case(archived, lift, |_| (), Blocker::NotMarked { mark });
    }
    let to =
        |to| Command::ChangeOwner {
            to, name: "某人".to_owned(), deals: Vec::new(), reason: "区域调整".to_owned()
        };
    a.typed(archived, |c| to(c.customer.owner), Blocker::OwnerUnchanged);
    a.typed(archived, |c| to(c.customer.verification.as_ref().expect("verified").by), Blocker::OwnerVerified);
    a.typed(
        archived,
        |c| Command::SetGrade { grade: c.customer.grade, reason: "没有变化".to_owned() },
        Blocker::GradeUnchanged,
    );
}

fn requirements(a: &mut Attempts) {
    let content = |c: &mut Case, change: fn(&mut kuaidan::domain::requirement::RequirementContent)| {
        c.requirement.iter_mut().for_each(|r| change(&mut r.content));
    };
    let drafted = Stage::RequirementDrafted;
    a.case(drafted, Action::SendRequirement, |c| content(c, |r| r.contact = None), Blocker::ContactMissing);
    a.case(
        drafted,
        Action::SendRequirement,
        |c| c.customer.profile.contacts[0].is_active = false,
        Blocker::ContactMissing,
    );
    let cannot = |r: &mut kuaidan::domain::requirement::RequirementContent| r.lines[1].match_kind = MatchKind::Cannot;
    a.case(drafted, Action::SendRequirement, |c| content(c, cannot), Blocker::LineCannotBeMet { line: 2 });
    // Words alone do not make a custom item, and a file of another kind is no drawing.
    let custom = |r: &mut kuaidan::domain::requirement::RequirementContent| r.lines[1].kind = LineKind::Custom;
    a.case(drafted, Action::SendRequirement, |c| content(c, custom), Blocker::DrawingMissing { line: 2 });
    let other = |r: &mut kuaidan::domain::requirement::RequirementContent| {
        let id = kuaidan::domain::ids::AttachmentId(Uuid::from_u128(8));
        r.lines[1].kind = LineKind::Custom;
        r.files.push(RequirementFile { id, kind: RequirementFileKind::Other, name: "a.pdf".to_owned() });
    };
    a.case(drafted, Action::SendRequirement, |c| content(c, other), Blocker::DrawingMissing { line: 2 });
    let sent = Stage::RequirementSent;
    let left = |c: &mut Case| c.customer.profile.contacts[0].is_active = false;
    a.case(sent, Action::ConfirmRequirement, left, Blocker::ConfirmContactUnknown);
    a.case(Stage::RequirementConfirmed, Action::AddConfirmationFile, |_| (), Blocker::NoFileOwed);
    let unticked = Blocker::SpecialUnticked { text: "木箱包装".to_owned() };
    a.case(sent, Action::ConfirmRequirement, |c| content(c, |r| r.specials[0].applies = None), unticked);
    let unknown = |_: &Case| Command::TickSpecials { answers: vec![("没有这一条".to_owned(), true)] };
    a.typed(sent, unknown, Blocker::NothingEntered);
    let now = a.film.world.now();
    let confirm = |method, at| Command::ConfirmRequirement { method, contact: "李娜".to_owned(), file: None, at };
    for method in [RequirementConfirmMethod::Email, RequirementConfirmMethod::Signed, RequirementConfirmMethod::Wechat]
    {
        a.typed(sent, |_| confirm(method, now), Blocker::EvidenceMissing);
    }
    a.typed(
        sent,
        |_| confirm(RequirementConfirmMethod::Phone, now),
        Blocker::PhoneNotAllowed { budget_limit: PHONE_LIMIT },
    );
    a.typed(sent, |_| confirm(RequirementConfirmMethod::Email, now + TimeDelta::minutes(1)), Blocker::InTheFuture);
    let before = now - TimeDelta::minutes(1);
    a.typed(sent, |_| confirm(RequirementConfirmMethod::Email, before), Blocker::ConfirmedBeforeSent);
    a.case(Stage::QuoteSubmitted, Action::ReviseRequirement, |_| (), Blocker::QuoteInApproval);
    a.case(Stage::Accepted, Action::ReviseRequirement, |_| (), Blocker::OrderExists);
    a.case(Stage::Accepted, Action::CloseDeal, |_| (), Blocker::OrderExists);
    a.case(Stage::QuoteSubmitted, Action::DropUrgency, |_| (), Blocker::WrongState);
    a.case(Stage::Accepted, Action::DropUrgency, |_| (), Blocker::OrderExists);
}

fn quotes(a: &mut Attempts) {
    let drafted = Stage::QuoteDrafted;
    let submit = Action::SubmitQuote;
    let other = RequirementId(Uuid::from_u128(5));
    a.case(drafted, submit, |c| c.quote.iter_mut().for_each(|q| q.requirement = other), Blocker::QuoteOutdated);
    a.case(
        drafted,
        submit,
        |c| c.quote.iter_mut().for_each(|q| drop(q.priced.lines.pop())),
        Blocker::LineNotQuoted { line: 2 },
    );
    let twice = |c: &mut Case| c.quote.iter_mut().for_each(|q| q.priced.lines.push(q.priced.lines[0].clone()));
    a.case(drafted, submit, twice, Blocker::LineNotQuoted { line: 1 });
    let unpriced = |c: &mut Case| c.quote.iter_mut().for_each(|q| q.priced.lines[0].policy = None);
    a.case(drafted, submit, unpriced, Blocker::PolicyPriceMissing { line: 1 });
    let cheap = |c: &mut Case| c.quote.iter_mut().for_each(|q| q.priced.lines[0].discount_rate = dec!(0.0501));
    a.case(drafted, submit, cheap, Blocker::DiscountReasonMissing { line: 1, free: dec!(0.05) });
    let taxed = |c: &mut Case| c.quote.iter_mut().for_each(|q| q.priced.lines[0].tax_rate = dec!(0.06));
    a.case(drafted, submit, taxed, Blocker::TaxReasonMissing { line: 1, usual: dec!(0.13) });
    a.case(drafted, submit, |c| c.route_facts.moved_prices = vec![1], Blocker::PolicyPriceMoved { line: 1 });
    let until = day("2026-09-16");
    let over = move |c: &mut Case| c.quote.iter_mut().for_each(|q| q.terms.valid_until = until);
    a.case(drafted, submit, over, Blocker::QuoteExpired { until });
    let short = |c: &mut Case| c.quote.iter_mut().for_each(|q| q.terms.payment_terms[1].percent = dec!(69.99));
    a.case(drafted, submit, short, Blocker::TermsNotHundred { sum: dec!(99.99) });
    beside(a);
    let everybody = |c: &mut Case| c.route_facts.sole_roles = Role::ALL.to_vec();
    a.case(drafted, submit, everybody, Blocker::NoApproverLeft);

    let now = a.film.world.now();
    a.typed(Stage::QuoteSubmitted, |_| decide(NodeKind::Finance, Decision::Approve, None), Blocker::NodeNotOnRoute);
    for decision in [Decision::ApproveCond, Decision::Return, Decision::Reject] {
        a.typed(Stage::QuoteSubmitted, |_| decide(NodeKind::SalesManager, decision, None), Blocker::CommentMissing);
        a.typed(
            Stage::QuoteSubmitted,
            |_| decide(NodeKind::SalesManager, decision, Some("太便宜了")),
            Blocker::CommentMissing,
        );
    }
    let waiting = |c: &mut Case| c.round.iter_mut().for_each(|r| r.nodes[0].status = NodeStatus::Waiting);
    a.case(Stage::QuoteSubmitted, Action::DecideNode, waiting, Blocker::NodeNotOpen);
    let by = a.film.world.id("liqiang");
    let decided = move |c: &mut Case| {
        let decided = Decided { by, by_name: "李强".to_owned(), at: now, comment: None, on_behalf: None };
        c.round.iter_mut().for_each(|r| r.nodes[0].decided = Some(decided.clone()));
    };
    a.case(
        Stage::QuoteSubmitted,
        Action::DecideNode,
        decided,
        Blocker::AlreadyDecided { by: "李强".to_owned(), at: now },
    );
    a.case(Stage::QuoteSubmitted, Action::WithdrawQuote, decided, Blocker::SomebodyDecided);
    rounds(a);

    let until = day("2026-09-16");
    let expired = move |c: &mut Case| c.quote.iter_mut().for_each(|q| q.terms.valid_until = until);
    a.case(Stage::QuoteApproved, Action::SendQuote, expired, Blocker::QuoteExpired { until });
    a.case(Stage::QuoteSent, Action::RecordAcceptance, expired, Blocker::QuoteExpired { until });
    let accept = |kind, accepted_at, case: &Case| match a_film_accept(case) {
        Command::RecordAcceptance { file, .. } => {
            Command::RecordAcceptance { kind, accepted_at, file, po_no: None, po_check: None }
        }
        other => other,
    };
    let contract = AcceptanceKind::StampedContract;
    a.typed(Stage::QuoteSent, |c| accept(contract, now + TimeDelta::minutes(1), c), Blocker::InTheFuture);
    a.typed(Stage::QuoteSent, |c| accept(contract, now - TimeDelta::minutes(1), c), Blocker::AcceptedBeforeSent);
    a.typed(Stage::QuoteSent, |c| accept(AcceptanceKind::CustomerPo, now, c), Blocker::PoNumberMissing);
    let unread = |c: &Case| match accept(AcceptanceKind::CustomerPo, now, c) {
        Command::RecordAcceptance { kind, accepted_at, file, .. } => {
            Command::RecordAcceptance { kind, accepted_at, file, po_no: Some("PO-1".to_owned()), po_check: None }
        }
        other => other,
    };
    a.typed(Stage::QuoteSent, unread, Blocker::PoNotCompared);
    let revised = |c: &mut Case| c.requirement.iter_mut().for_each(|r| r.id = other);
    a.case(Stage::QuoteSent, Action::RecordAcceptance, revised, Blocker::QuoteOutdated);
    let conditional = |c: &mut Case| c.round.iter_mut().for_each(|r| r.nodes[0].status = NodeStatus::ApprovedCond);
    a.case(Stage::Accepted, Action::ConfirmOrder, conditional, Blocker::ConditionOpen);
}

/// Alternatives and soft holds.
fn beside(a: &mut Attempts) {
    let drafted = Stage::QuoteDrafted;
    let other = |alternative| OtherQuote {
        id: QuoteId(Uuid::from_u128(8)),
        alternative,
        version_no: 2,
        status: QuoteStatus::Draft,
        gross: Decimal::ONE,
        valid_until: day("2026-10-02"),
        sent_at: None,
        path: None,
    };
    let full = move |c: &mut Case| {
        let letters = [Alternative::B, Alternative::C, Alternative::D, Alternative::E];
        c.alternatives.others = letters.map(other).to_vec();
    };
    a.case(drafted, Action::AddAlternative, full, Blocker::AlternativesFull);
    let revised = |c: &mut Case| c.quote.iter_mut().for_each(|q| q.requirement = RequirementId(Uuid::from_u128(5)));
    a.case(drafted, Action::AddAlternative, revised, Blocker::QuoteOutdated);
    a.case(drafted, Action::ChooseAlternative, |_| (), Blocker::AlternativeUnknown);
    let left_rejected = move |c: &mut Case| {
        let rejected = OtherQuote { status: QuoteStatus::Rejected, ..other(Alternative::C) };
        c.alternatives.others = vec![other(Alternative::B), rejected];
    };
    let waits = Blocker::AlternativeRejected { alternative: Alternative::C };
    a.case(drafted, Action::ChooseAlternative, left_rejected, waits);
    let product = a.film.world.product("QM-65").id;
    for quantity in [dec!(0), dec!(-1), dec!(10.001)] {
        let too_much = Blocker::HoldTooMuch { max: dec!(10) };
        a.typed(drafted, move |_| Command::HoldStock { product, quantity }, too_much);
    }
    a.case(drafted, Action::HoldStock, |c| c.shelves.clear(), Blocker::NothingStocked);
    a.case(Stage::OrderConfirmed, Action::HoldStock, |_| (), Blocker::OrderExists);
    a.case(drafted, Action::ReleaseHold, |_| (), Blocker::NothingHeld);
}

/// Claims, hand-overs, questions, extra signatures, conditions (DOMAIN 3.3, 3.4).
fn rounds(a: &mut Attempts) {
    let (at, now) = (Stage::QuoteSubmitted, a.film.world.now());
    let liqiang = Named { id: a.film.world.id("liqiang"), name: "李强".to_owned() };
    let first = |c: &mut Case, change: &dyn Fn(&mut kuaidan::domain::approval::Node)| {
        c.round.iter_mut().for_each(|r| change(&mut r.nodes[0]));
    };
    let asking = |kind, answered: Option<&'static str>| {
        let by = liqiang.clone();
        move |c: &mut Case| {
            let ended = answered.map(|a| CallEnded { at: now, by: None, result: None, answer: Some(a.to_owned()) });
            let call = Call {
                id: CallId(Uuid::from_u128(3)),
                kind,
                asked_by: by.clone(),
                of: Named { name: "周凯".to_owned(), ..by.clone() },
                text: "请先看看".to_owned(),
                asked_at: now,
                due_at: None,
                ended,
            };
            first(c, &|n| n.calls = vec![call.clone()]);
        }
    };
    let claimed = |c: &mut Case| first(c, &|n| n.claimed_by = Some(liqiang.clone()));
    let node = NodeKind::SalesManager;
    let stale = |_: &Case| match decide(node, Decision::Approve, None) {
        Command::DecideNode(v) => Command::DecideNode(Box::new(Verdict { seen: Some(vec![7; 32]), ..*v })),
        other => other,
    };
    a.typed(at, stale, Blocker::VersionMoved);
    let unanswered = |_: &Case| Command::DecideNode(Box::new(Verdict::new(node, Decision::Approve, None)));
    let flaw = SheetFlaw::Unanswered(CheckItem::Price);
    a.typed(at, unanswered, Blocker::SheetIncomplete { flaw });
    for action in [Action::DecideNode, Action::AddSigner, Action::AskRep] {
        let stands = |reason| Blocker::ClockStands { reason, of: "周凯".to_owned() };
        a.case(at, action, asking(CallKind::Question, None), stands(CallKind::Question));
        a.case(at, action, asking(CallKind::ExtraSign, None), stands(CallKind::ExtraSign));
    }
    let waiting = |c: &mut Case| first(c, &|n| n.status = NodeStatus::Waiting);
    for action in [Action::ClaimNode, Action::GiveBackNode, Action::HandOverNode, Action::AddSigner, Action::AskRep] {
        a.case(at, action, waiting, Blocker::NodeNotOpen);
    }
    a.case(at, Action::ClaimNode, claimed, Blocker::ClaimedBy { by: "李强".to_owned() });
    a.case(at, Action::GiveBackNode, |_| (), Blocker::NotClaimed);
    a.case(at, Action::HandOverNode, claimed, Blocker::ReceiverUnfit { name: "李强".to_owned() });
    let (technical, manager) = (a.film.world.colleague("zhoukai"), a.film.world.colleague("liqiang"));
    let hand_over = |to: &Colleague, comment: &str| Command::HandOverNode {
        node,
        to: Box::new(to.clone()),
        comment: comment.to_owned(),
    };
    a.typed(at, |_| hand_over(&technical, "请你来看"), Blocker::ReceiverUnfit { name: "周凯".to_owned() });
    a.typed(at, |_| hand_over(&manager, "看"), Blocker::CommentMissing);
    let sign = |signer: &Colleague, comment: &str| Command::AddSigner {
        node,
        signer: Box::new(signer.clone()),
        comment: comment.to_owned(),
    };
    let owner = a.film.world.colleague("wangmin");
    a.typed(at, |_| sign(&owner, "请先签署意见"), Blocker::SignerUnfit { name: "王敏".to_owned() });
    a.typed(at, |_| sign(&manager, "请先签署意见"), Blocker::SignerUnfit { name: "李强".to_owned() });
    a.typed(at, |_| sign(&technical, "看"), Blocker::CommentMissing);
    a.typed(at, |_| Command::AskRep { node, comment: "看".to_owned() }, Blocker::CommentMissing);
    let signed = Blocker::SomebodySigned { name: "周凯".to_owned() };
    a.case(at, Action::AddSigner, asking(CallKind::ExtraSign, Some("可以")), signed);
    for action in [Action::AnswerCall, Action::RecallCall] {
        a.case(at, action, |_| (), Blocker::NothingAsked);
    }
    let silent = Command::AnswerCall { node, result: None, comment: " ".to_owned() };
    a.typed(at, |_| silent, Blocker::CommentMissing);
    a.case(at, Action::AnswerCall, asking(CallKind::ExtraSign, None), Blocker::ResultMissing);
    a.case(Stage::QuoteSent, Action::AttachEvidence, |_| (), Blocker::NoEvidenceOwed);
    let blocking = |c: &mut Case| {
        first(c, &|n| n.condition = Some(Condition { kind: ConditionKind::Blocking, file: None }));
    };
    a.case(Stage::Accepted, Action::ConfirmOrder, blocking, Blocker::EvidenceOwed { node });
    let committed_on = day("2026-09-25");
    let later = move |c: &mut Case| {
        first(c, &|n| {
            let view = ProductionView { capacity: Capacity::Enough, committed_on, batches: Vec::new() };
            n.sheet.production = Some(view);
        });
    };
    a.case(Stage::QuoteApproved, Action::SendQuote, later, Blocker::PromiseTooEarly { committed_on });
    a.case(Stage::Accepted, Action::ConfirmOrder, later, Blocker::PromiseTooEarly { committed_on });
    let passed = move |c: &mut Case| c.order.iter_mut().for_each(|o| o.promised_at = now - TimeDelta::days(1));
    let promised_on = day("2026-09-16");
    a.case(Stage::Accepted, Action::ConfirmOrder, passed, Blocker::PromisePassed { promised_on });
    let agreed = |to: &'static str, contact: &str| Command::AgreePromise {
        to: moment(to),
        contact: contact.to_owned(),
        method: RequirementConfirmMethod::Phone,
        note: None,
    };
    let promised_at = moment("09-24 18:00");
    a.typed(Stage::Accepted, |_| agreed("09-24 18:00", "李娜"), Blocker::PromiseNotLater { promised_at });
    a.typed(Stage::Accepted, |_| agreed("09-25 18:00", "外人"), Blocker::ConfirmContactUnknown);
    a.case(Stage::OrderConfirmed, Action::CompleteOrder, |_| (), Blocker::NotAllSigned);
}

fn a_film_accept(case: &Case) -> Command {
    let file = case.customer.license.expect("a licence is attached");
    Command::RecordAcceptance {
        kind: AcceptanceKind::Email,
        accepted_at: moment("09-17 10:20"),
        file,
        po_no: None,
        po_check: None,
    }
}

fn orders(a: &mut Attempts) {
    let now = a.film.world.now();
    let receipt = |position, amount, received_at| Command::RecordReceipt {
        position,
        amount,
        received_at,
        reference: "HD-1".to_owned(),
    };
    let confirmed = Stage::OrderConfirmed;
    a.typed(confirmed, |_| receipt(1, dec!(24510.10), now), Blocker::ReceiptTooLarge { open: dec!(24510.09) });
    a.typed(confirmed, |_| receipt(3, dec!(1), now), Blocker::ReceiptTooLarge { open: Decimal::ZERO });
    a.typed(confirmed, |_| receipt(1, dec!(1), now + TimeDelta::minutes(1)), Blocker::InTheFuture);
    let deposit = Blocker::PaymentOpen { position: 1, amount: dec!(24510.09) };
    a.case(confirmed, Action::RecordProduction, |_| (), deposit.clone());
    a.typed(
        Stage::Paid,
        |c| Command::RecordProduction { work_order: None, quantities: first_line(c, Decimal::ONE), scrap: Vec::new() },
        Blocker::MoreThanReady { line: 1, ready: dec!(0) },
    );
    a.typed(
        Stage::Paid,
        |c| Command::RecordPicking { quantities: first_line(c, dec!(10.001)), location: None },
        Blocker::MoreThanReady { line: 1, ready: dec!(10) },
    );
    a.typed(
        Stage::Paid,
        |c| Command::RecordPicking { quantities: first_line(c, Decimal::ZERO), location: None },
        Blocker::NothingEntered,
    );
    let nowhere = |c: &Case| {
        let order = OrderId(Uuid::from_u128(1));
        first_line(&Case { order: c.order.clone().filter(|o| o.id == order), ..c.clone() }, Decimal::ONE)
    };
    a.typed(
        Stage::Paid,
        |c| Command::RecordPicking { quantities: nowhere(c), location: None },
        Blocker::MoreThanReady { line: 0, ready: dec!(0) },
    );
    let text = || "木箱包装".to_owned();
    a.case(Stage::Picked, Action::RecordPacking, |_| (), Blocker::SpecialNotAcknowledged { text: text() });
    let all = |c: &Case| first_line(c, dec!(10));
    a.typed(
        Stage::Picked,
        |c| Command::RecordPacking { quantities: all(c), ticked: Vec::new() },
        Blocker::SpecialNotTicked { text: text() },
    );
    let unpaid = |c: &mut Case| c.order.iter_mut().for_each(|o| o.milestones[0].received = Decimal::ZERO);
    a.case(Stage::Packed, Action::Ship, unpaid, deposit);
    let ship = |c: &Case, quantity| Command::ArrangeShipment {
        quantities: first_line(c, quantity),
        way: sample::carried("德邦", "DPK2026092201"),
    };
    a.typed(Stage::Packed, |c| ship(c, dec!(4)), Blocker::PartialNotAllowed);
    a.typed(Stage::Packed, |c| ship(c, dec!(11)), Blocker::MoreThanReady { line: 1, ready: dec!(10) });

    let sign = |c: &Case, quantity, signed_at| {
        let file = c.customer.license.expect("a licence is attached");
        let shipment = &c.order.as_ref().expect("an order").shipments[0];
        let received = first_line(c, quantity);
        Command::SignOff(Box::new(Signature { received, ..sample::signature(shipment, file, signed_at) }))
    };
    let too_much = Blocker::ReceivedMoreThanShipped { line: 1, shipped: dec!(10) };
    a.typed(Stage::Shipped, |c| sign(c, dec!(10.001), now), too_much);
    a.typed(Stage::Shipped, |c| sign(c, dec!(10), now + TimeDelta::minutes(1)), Blocker::InTheFuture);
    a.typed(Stage::Shipped, |c| sign(c, dec!(10), now - TimeDelta::minutes(1)), Blocker::SignedBeforeShipped);
    let lost = |c: &mut Case| c.order.iter_mut().for_each(|o| o.shipments.clear());
    a.case(Stage::Shipped, Action::SignOff, lost, Blocker::ShipmentUnknown);
    deliveries(a);
    a.typed(
        Stage::Signed,
        |_| Command::CompleteOrder { waive_inspection: Waiver::Kept },
        Blocker::InspectionRunning { until: day("2026-09-24") },
    );
}

/// Quality control, the second count, shipments, exceptions, promises (DOMAIN 7.3–7.7).
fn deliveries(a: &mut Attempts) {
    let now = a.film.world.now();
    let one = |c: &Case| first_line(c, Decimal::ONE);
    let pass = |c: &Case| Command::RecordQc { passed: one(c), failed: None, cause: None };
    a.typed(Stage::Paid, pass, Blocker::MoreThanReady { line: 1, ready: dec!(0) });
    let unknown = |_: &Case| Command::CheckPicking { pickings: vec![PickingId(Uuid::nil())] };
    a.typed(Stage::Picked, unknown, Blocker::PickingUnknown);
    let wish = "顺丰".to_owned();
    let wished = |c: &mut Case| c.customer.profile.carrier_wish = Some("顺丰".to_owned());
    a.case(Stage::Packed, Action::ArrangeShipment, wished, Blocker::DeviationMissing { wish });
    for action in [Action::DropShipment, Action::Ship] {
        a.case(Stage::Packed, action, |_| (), Blocker::ShipmentUnknown);
    }
    for action in [Action::HandOver, Action::NoteTransit] {
        a.case(
            Stage::Shipped,
            action,
            |c| c.order.iter_mut().for_each(|o| o.shipments.clear()),
            Blocker::ShipmentUnknown,
        );
    }
    let early = |c: &Case| Command::NoteTransit {
        shipment: c.order.as_ref().map_or(ShipmentId(Uuid::nil()), |o| o.shipments[0].id),
        text: "已到".to_owned(),
        eta: None,
        arrived_at: Some(now - TimeDelta::minutes(1)),
    };
    a.typed(Stage::Shipped, early, Blocker::SignedBeforeShipped);
    let line = |c: &Case| first_line(c, Decimal::ONE)[0].line;
    let undated =
        |c: &Case| Command::OpenException(Box::new(ExceptionFacts { new_date: None, ..shortage(line(c), now) }));
    a.typed(Stage::Paid, undated, Blocker::FactMissing { field: "new_date" });
    let with = |status| move |c: &mut Case| troubled(c, shortage(line(c), now), status, now);
    a.case(Stage::Paid, Action::AnswerException, with(ExceptionStatus::Planned), Blocker::ExceptionAnswered);
    a.case(Stage::Paid, Action::PlanException, with(ExceptionStatus::Planned), Blocker::ExceptionUnknown);
    let failed = move |c: &mut Case| {
        let facts = ExceptionFacts { kind: ExceptionKind::QcFail, ..shortage(line(c), now) };
        troubled(c, facts, ExceptionStatus::Open, now);
    };
    a.case(Stage::Paid, Action::PlanException, failed, Blocker::FailureUndecided);
    for action in [Action::SettleReturn, Action::CloseException] {
        a.case(Stage::Signed, action, with(ExceptionStatus::Open), Blocker::ExceptionNotPlanned);
    }
    let all_back = |c: &mut Case| {
        troubled(c, shortage(line(c), now), ExceptionStatus::Planned, now);
        c.order
            .iter_mut()
            .flat_map(|o| &mut o.shipments)
            .flat_map(|s| &mut s.lines)
            .for_each(|l| l.returned = l.quantity);
    };
    a.case(Stage::Signed, Action::SettleReturn, all_back, Blocker::MoreThanReady { line: 1, ready: dec!(0) });
    a.case(Stage::Signed, Action::RecordCreditNote, |_| (), Blocker::NoCreditNoteOwed);
    let ended = |c: &mut Case| c.order.iter_mut().for_each(|o| o.status = OrderStatus::Completed);
    a.case(Stage::Signed, Action::RecordPicking, ended, Blocker::NothingToReplace);
    let given_up = |c: &mut Case| {
        troubled(c, shortage(line(c), now), ExceptionStatus::Planned, now);
        let stop = stop_of(c, StopKind::ShortClose, StopStatus::InForce, now);
        c.order.iter_mut().for_each(|o| {
            o.status = OrderStatus::ShortClosed;
            o.stops.push(stop.clone());
        });
    };
    a.case(Stage::Signed, Action::SettleReturn, given_up, Blocker::NotReplacedAnyMore);
    let differs = |c: &mut Case| {
        let shipment = c.order.as_ref().map(|o| o.shipments[0].id);
        let facts = ExceptionFacts { kind: ExceptionKind::ShortOrWrong, shipment, ..shortage(line(c), now) };
        troubled(c, facts, ExceptionStatus::Planned, now);
        c.order
            .iter_mut()
            .flat_map(|o| &mut o.shipments)
            .flat_map(|s| &mut s.lines)
            .for_each(|l| l.received = Some(dec!(9)));
    };
    let no = a.film.at(Stage::Signed).order.map(|o| o.shipments[0].no.clone()).unwrap_or_default();
    a.case(Stage::Signed, Action::CloseException, differs, Blocker::DifferenceOpen { no });
    let open = Blocker::ExceptionOpen { no: "YC-20260917-001".to_owned() };
    a.case(Stage::Signed, Action::CompleteOrder, with(ExceptionStatus::Planned), open);
    let parts = |c: &Case| Command::PlanBatches { line: line(c), batches: vec![(dec!(4), now), (dec!(5), now)] };
    a.typed(Stage::Paid, parts, Blocker::BatchesDiffer { quantity: dec!(10) });
    let half = |c: &Case| Command::RecordPicking {
        quantities: vec![LineQuantity { line: line(c), quantity: dec!(0.5) }],
        location: None,
    };
    a.typed(Stage::Paid, half, Blocker::NotWhole { line: 1 });
    let slip = |batch_no, to| {
        move |c: &Case| Command::SlipPromise {
            line: line(c),
            batch_no,
            to,
            cause: DelayCause::Material,
            reason: "面板到货推迟".to_owned(),
            told: "交期推迟".to_owned(),
            channel: ToldBy::Phone,
        }
    };
    a.typed(Stage::Paid, slip(2, now), Blocker::BatchUnknown);
    a.typed(Stage::Paid, slip(1, now - TimeDelta::minutes(1)), Blocker::PromisePast);
    let promised_at = a.film.at(Stage::Paid).order.map_or(now, |o| o.promised_at);
    let late = |c: &Case| Command::KeepStage {
        line: line(c),
        batch_no: 1,
        stage: DeliveryStage::Packing,
        owner: None,
        forecast_at: Some(promised_at + TimeDelta::minutes(1)),
        cause: None,
    };
    a.typed(Stage::Paid, late, Blocker::DelayCauseMissing { promised_at });
    let told = |_: &Case| Command::TellCustomer {
        about: ToldAbout::Progress,
        channel: ToldBy::Copied,
        text: "已发货".to_owned(),
        told_at: now + TimeDelta::minutes(1),
    };
    a.typed(Stage::Paid, told, Blocker::InTheFuture);
}

/// Reviews of a fast approval (DOMAIN 3.7).
fn reviews(a: &mut Attempts) {
    let (granted_by, now) = (a.film.world.id("chenjing"), a.film.world.now());
    let of = move |status| PostReview {
        id: PostReviewId(Uuid::from_u128(9)),
        kind: NodeKind::Finance,
        status,
        round_no: 1,
        granted_by,
        deciders: Vec::new(),
        escalated_to: None,
        opened_at: now,
        due_at: now,
        reviewed: None,
        resolution: None,
        outcome: None,
    };
    let approved = Stage::QuoteApproved;
    a.case(approved, Action::ReviewAfterwards, |_| (), Blocker::NoReviewOwed);
    let given = of(PostReviewStatus::Confirmed);
    a.case(approved, Action::ReviewAfterwards, move |c| c.post_reviews.push(given), Blocker::NoReviewOwed);
    let objection = |_: &Case| Command::ReviewAfterwards {
        review: PostReviewId(Uuid::from_u128(9)),
        result: ReviewResult::Objection,
        comment: Some("不行".to_owned()),
    };
    a.typed(approved, objection, Blocker::CommentMissing);
    a.case(approved, Action::ResolveObjection, |_| (), Blocker::NoObjection);
    let resolved = |outcome| Command::ResolveObjection {
        review: PostReviewId(Uuid::from_u128(9)),
        outcome,
        resolution: "先停下来".to_owned(),
    };
    let mut objected = |stage, outcome, expected| {
        let mut case = a.film.at(stage);
        case.post_reviews.push(of(PostReviewStatus::Objection));
        a.all.push(Attempt { case, command: resolved(outcome), expected });
    };
    objected(approved, ObjectionOutcome::Hold, Blocker::StopUnfit { kind: StopKind::Hold });
    objected(Stage::Signed, ObjectionOutcome::Hold, Blocker::StopUnfit { kind: StopKind::Hold });
    objected(Stage::Shipped, ObjectionOutcome::Cancel, Blocker::StopUnfit { kind: StopKind::Cancel });
    for (status, blocker) in [
        (PostReviewStatus::Open, Blocker::ReviewOpen { node: NodeKind::Finance }),
        (PostReviewStatus::Objection, Blocker::ObjectionOpen { node: NodeKind::Finance }),
    ] {
        a.case(Stage::Signed, Action::CompleteOrder, |c| c.post_reviews.push(of(status)), blocker);
    }
}
/// The case with a change of this status on it, as `with` makes it.
fn changing(status: ChangeStatus, with: impl FnOnce(&Case, &mut Change)) -> impl FnOnce(&mut Case) {
    move |case| {
        let mut change = change_of(case, status, moment("09-17 10:20"));
        with(case, &mut change);
        case.change = Some(Box::new(change));
    }
}

/// The draft says otherwise, and so do its items.
fn rewritten(case: &Case, change: &mut Change, with: impl FnOnce(&mut RequirementContent)) {
    let before = current_content(case).expect("a requirement");
    change.content = before.clone();
    with(&mut change.content);
    change.items = items_of(&before, &change.content);
}

fn changes(a: &mut Attempts) {
    use ChangeStatus::{Assessing, AwaitingCustomer, Draft};
    let open = || Blocker::ChangeOpen { no: "BG-20260917-001".to_owned() };
    a.case(Stage::QuoteDrafted, Action::AddAlternative, changing(Assessing, |_, _| {}), open());
    a.case(Stage::QuoteApproved, Action::SendQuote, changing(Assessing, |_, _| {}), open());
    a.case(Stage::QuoteDrafted, Action::SubmitQuote, changing(AwaitingCustomer, |_, _| {}), open());
    a.case(Stage::QuoteSubmitted, Action::DecideNode, changing(Assessing, |_, _| {}), open());
    a.case(Stage::Accepted, Action::ConfirmOrder, changing(Assessing, |_, _| {}), open());
    let repacked = |case: &Case, change: &mut Change| {
        rewritten(case, change, |c| c.lines[0].packaging = Some("木箱".to_owned()));
    };
    let frozen = || Blocker::LineChanging { line: 1, no: "BG-20260917-001".to_owned() };
    let to_be_made = |case: &mut Case| {
        changing(Assessing, repacked)(case);
        // Nothing of it lies on the shelf.
        case.order.as_mut().expect("an order").lines[0].reserved = Decimal::ZERO;
    };
    a.case(Stage::Paid, Action::RecordProduction, to_be_made, frozen());
    a.case(Stage::Paid, Action::RecordPicking, changing(Assessing, repacked), frozen());
    a.case(Stage::Picked, Action::RecordPacking, changing(AwaitingCustomer, repacked), frozen());
    a.case(Stage::Packed, Action::ArrangeShipment, changing(Assessing, repacked), frozen());

    a.case(Stage::RequirementSent, Action::DraftChange, |_| {}, Blocker::RequirementNotConfirmed);
    let same = |c: &Case| Command::DraftChange(Box::new(draft_of(c, moment("09-17 10:20"))));
    a.typed(Stage::RequirementConfirmed, same, Blocker::NothingChanged);
    let of_another = |_: &Case, change: &mut Change| change.base.id = RequirementId(Uuid::nil());
    a.case(Stage::OrderConfirmed, Action::FileChange, changing(Draft, of_another), Blocker::ChangeOutdated);
    let moved_since = |_: &Case, change: &mut Change| change.items.clear();
    a.case(Stage::OrderConfirmed, Action::FileChange, changing(Draft, moved_since), Blocker::ChangeOutdated);
    a.case(
        Stage::Shipped,
        Action::FileChange,
        changing(Draft, |case, change| {
            change.phase = Phase::Shipped;
            repacked(case, change);
        }),
        Blocker::ChangeElsewhere { kind: ChangeKind::Packaging, way: Way::NotPossible },
    );
    let more = |case: &Case, change: &mut Change| rewritten(case, change, |c| c.lines[0].quantity += Decimal::TEN);
    a.case(Stage::OrderConfirmed, Action::FileChange, changing(Draft, more), Blocker::NewTotalMissing);
    let urgent = |_: &Case, change: &mut Change| change.wish = Some(ChangeKind::Urgent);
    a.case(Stage::OrderConfirmed, Action::FileChange, changing(Draft, urgent), Blocker::UrgencyMissing);
    let put_off = |case: &Case, change: &mut Change| {
        rewritten(case, change, |c| c.wanted_at += TimeDelta::days(3));
        change.request.reason = ChangeReason::Ours;
    };
    a.case(Stage::OrderConfirmed, Action::FileChange, changing(Draft, put_off), Blocker::DelayUnexplained);
    let now = a.film.world.now();
    let cancelled = |case: &mut Case| {
        changing(Draft, |_, change| change.wish = Some(ChangeKind::Cancel))(case);
        let stop = stop_of(case, StopKind::Hold, StopStatus::Requested, now);
        case.order.iter_mut().for_each(|o| o.stops.push(stop.clone()));
    };
    let asked = Blocker::StopAsked { kind: StopKind::Hold, by: "王敏".to_owned(), at: now };
    a.case(Stage::OrderConfirmed, Action::FileChange, cancelled, asked);
    a.case(Stage::OrderConfirmed, Action::ApproveChange, changing(Assessing, |_, _| {}), Blocker::NoApprovalAsked);
    // Seven were made, and five are wanted.
    let fewer = |case: &mut Case| {
        case.order.iter_mut().flat_map(|o| &mut o.lines).filter(|l| l.is_goods).for_each(|l| l.produced = dec!(7));
        changing(Assessing, |case, change| {
            let mut priced = case.quote.as_ref().expect("a quote").priced.clone();
            priced.lines[0].quantity = dec!(5);
            change.offer = Some(Box::new(NewTotal { priced, terms: Vec::new() }));
            change.approval = Some(ChangeApproval { role: Role::SalesDirector, due_at: now, said: None });
        })(case);
    };
    a.case(Stage::OrderConfirmed, Action::ApproveChange, fewer, Blocker::LossMissing);
    let mut case = a.film.at(Stage::OrderConfirmed);
    fewer(&mut case);
    let loss = Some(Loss { amount: dec!(100), borne_by: Bearer::Shared });
    let command = Command::ApproveChange { comment: None, loss };
    a.all.push(Attempt { case, command, expected: Blocker::WasteNotBorne });

    let moving =
        |case: &Case, change: &mut Change| rewritten(case, change, |c| "无锡新吴区".clone_into(&mut c.ship_address));
    a.case(Stage::OrderConfirmed, Action::FileChange, changing(Draft, moving), Blocker::CallBackMissing);
    for (contact, phone, at, expected) in [
        ("李娜", "13900139000", "09-17 10:00", Blocker::CallBackUnknown),
        ("王五", "13800138000", "09-17 10:00", Blocker::CallBackUnknown),
        ("李娜", "13800138000", "09-17 10:21", Blocker::InTheFuture),
    ] {
        let mut case = a.film.at(Stage::OrderConfirmed);
        changing(Draft, moving)(&mut case);
        let call_back = CallBack { contact: contact.to_owned(), phone: phone.to_owned(), at: moment(at) };
        a.all.push(Attempt { case, command: Command::FileChange { call_back: Some(call_back) }, expected });
    }

    let answers = [
        (Department::Finance, Answer::Possible, Blocker::DutyClosed),
        (Department::Production, Answer::NotPossible, Blocker::CommentMissing),
        (Department::Sales, Answer::Possible, Blocker::LossMissing),
    ];
    for (department, answer, expected) in answers {
        let mut case = a.film.at(Stage::OrderConfirmed);
        changing(Assessing, |_, _| {})(&mut case);
        let command = Command::AcknowledgeChange { department, answer, comment: None, loss: None };
        a.all.push(Attempt { case, command, expected });
    }
    let on_requirement = |case: &Case, change: &mut Change| {
        change.phase = Phase::BeforeSubmit;
        rewritten(case, change, |c| c.lines[0].quantity += Decimal::TEN);
    };
    let refused = Blocker::ConfirmOnRequirement;
    a.case(Stage::QuoteDrafted, Action::ConfirmChange, changing(AwaitingCustomer, on_requirement), refused);
    for (method, expected) in [
        (RequirementConfirmMethod::Email, Blocker::EvidenceMissing),
        (RequirementConfirmMethod::Phone, Blocker::PhoneNotAllowed { budget_limit: PHONE_LIMIT }),
    ] {
        let mut case = a.film.at(Stage::OrderConfirmed);
        changing(AwaitingCustomer, |_, _| {})(&mut case);
        let at = moment("09-17 10:00");
        let command = Command::ConfirmChange { method, contact: "李娜".to_owned(), file: None, at };
        a.all.push(Attempt { case, command, expected });
    }
}

fn lesson(no: &str, category: FeedbackCategory) -> Lesson {
    Lesson {
        no: no.to_owned(),
        category,
        text: "防潮托盘+护角".to_owned(),
        is_lesson: true,
        received_at: moment("05-12 10:00"),
        is_open: false,
        deal_owner: None,
    }
}

fn feedback(a: &mut Attempts) {
    let film = a.film;
    let record = |change: &dyn Fn(&mut Statement)| {
        let mut said = film.complaint();
        change(&mut said);
        Command::Feedback(FeedbackCommand::Record(Box::new(said)))
    };
    let at = Stage::Signed;
    a.typed(at, |_| record(&|s| s.received_at += TimeDelta::minutes(1)), Blocker::InTheFuture);
    a.typed(at, |_| record(&|s| s.severity = None), Blocker::SeverityMissing);
    a.typed(at, |_| record(&|s| s.content = None), Blocker::StatementMissing);
    let with = |status| move |c: &mut Case| c.feedback = Some(Box::new(film.feedback(status, c)));
    let same = |c: &mut Case| {
        with(FeedbackStatus::Open)(c);
        c.feedback.iter_mut().for_each(|f| f.said.handler = film.world.id("zhaoxue"));
    };
    a.case(at, Action::AssignFeedback, same, Blocker::HandlerUnchanged);
    let taught = |c: &mut Case| {
        with(FeedbackStatus::Closed)(c);
        c.feedback.iter_mut().filter_map(|f| f.solution.as_mut()).for_each(|s| s.lesson = None);
    };
    a.case(at, Action::CloseLesson, taught, Blocker::NoOpenLesson);
    a.case(at, Action::AnswerSurvey, |_| (), Blocker::OrderNotCompleted);
    let completed_now = |c: &mut Case| {
        c.order.iter_mut().for_each(|o| {
            o.status = OrderStatus::Completed;
            o.completed_at = Some(moment("09-17 10:20"));
        });
    };
    let early = Blocker::SurveyTooEarly { on: day("2026-09-21") };
    a.case(at, Action::AnswerSurvey, completed_now, early);
    // What a complaint taught is answered on the next requirement, and packaging is said on each line.
    let taught_before = |c: &mut Case| c.lessons = vec![lesson("TS-20260512-001", FeedbackCategory::Quality)];
    let left_out = Blocker::SpecialUnticked { text: "防潮托盘+护角".to_owned() };
    a.case(Stage::RequirementSent, Action::ConfirmRequirement, taught_before, left_out);
    let bare = |c: &mut Case| {
        c.lessons = vec![lesson("TS-20260512-001", FeedbackCategory::Packaging)];
        c.requirement.iter_mut().flat_map(|r| &mut r.content.lines).for_each(|l| l.packaging = None);
    };
    let missing = Blocker::PackagingMissing { line: 1, no: "TS-20260512-001".to_owned() };
    a.case(Stage::RequirementDrafted, Action::SendRequirement, bare, missing.clone());
    a.case(Stage::RequirementSent, Action::ConfirmRequirement, bare, missing);
}

/// Receipts taken back and invoices.
fn money(a: &mut Attempts) {
    let now = a.film.world.now();
    let confirmed = Stage::OrderConfirmed;
    a.case(confirmed, Action::CorrectReceipt, |_| (), Blocker::ReceiptNotStanding);
    let typed = |change: fn(&mut Invoice)| {
        let mut invoice = invoice(now);
        change(&mut invoice);
        move |_: &Case| Command::RecordInvoice(Box::new(invoice.clone()))
    };
    a.typed(confirmed, typed(|i| i.net = dec!(81687.31)), Blocker::InvoiceTooLarge { open: dec!(81700.30) });
    a.typed(confirmed, typed(|i| i.on = i.on.succ_opt().unwrap_or(i.on)), Blocker::InTheFuture);
    let red = typed(|i| {
        i.net = -i.net;
        i.tax = -i.tax;
        i.red_of = Some(InvoiceId(Uuid::from_u128(9)));
    });
    a.typed(confirmed, red, Blocker::RedLetterTooLarge { open: Decimal::ZERO });
    let taken = |c: &mut Case| c.order.iter_mut().for_each(|o| o.invoices.push(invoice(now)));
    let number = invoice(now).number;
    a.case(confirmed, Action::RecordInvoice, taken, Blocker::InvoiceNumberTaken { number });
    a.case(confirmed, Action::RecordInvoice, |c| c.customer.is_credit_hold = true, Blocker::CreditHold);
}

/// Hold, cancel and short-close.
/// What warehouse and logistics say to an order (DOMAIN 3.1).
fn pledges(a: &mut Attempts) {
    let confirmed = Stage::OrderConfirmed;
    a.case(
        confirmed,
        Action::GivePledge,
        |c| c.order.iter_mut().for_each(|o| o.pledges.clear()),
        Blocker::NoPledgeOwed,
    );
    let short = |_: &Case| Command::GivePledge {
        department: Department::Logistics,
        answer: PledgeAnswer::Short,
        note: Some("没车".to_owned()),
    };
    a.typed(confirmed, short, Blocker::CommentMissing);
}

fn stops(a: &mut Attempts) {
    let now = a.film.world.now();
    let asked = |kind| {
        move |c: &mut Case| {
            let stop = stop_of(c, kind, StopStatus::Requested, now);
            c.order.iter_mut().for_each(|o| o.stops.push(stop.clone()));
        }
    };
    let confirmed = Stage::OrderConfirmed;
    let waiting = Blocker::StopAsked { kind: StopKind::Hold, by: "王敏".to_owned(), at: now };
    a.case(confirmed, Action::RequestStop, asked(StopKind::Hold), waiting.clone());
    let held = |c: &mut Case| {
        let stop = stop_of(c, StopKind::Hold, StopStatus::InForce, now);
        c.order.iter_mut().for_each(|o| {
            o.stops.push(stop.clone());
            o.status = OrderStatus::OnHold;
        });
    };
    a.case(
        confirmed,
        Action::ResumeOrder,
        |c| {
            held(c);
            asked(StopKind::Hold)(c);
        },
        waiting,
    );
    for action in [Action::DecideStop, Action::WithdrawStop] {
        a.case(confirmed, action, |_| (), Blocker::NoStopAsked);
    }
    for (stage, kind) in
        [(Stage::Accepted, StopKind::Hold), (confirmed, StopKind::ShortClose), (Stage::Picked, StopKind::ShortClose)]
    {
        let ask =
            move |_: &Case| Command::RequestStop { kind, reason: StopReason::Other, text: "不再需要".to_owned() };
        a.typed(stage, ask, Blocker::StopUnfit { kind });
    }
    // Part of it has left by the time somebody decides.
    let left = |c: &mut Case| {
        asked(StopKind::Cancel)(c);
        c.order.iter_mut().for_each(|o| {
            o.status = OrderStatus::PartiallyShipped;
            o.lines.iter_mut().filter(|l| l.is_goods).for_each(|l| l.shipped = Decimal::ONE);
        });
    };
    a.case(Stage::Packed, Action::DecideStop, left, Blocker::StopUnfit { kind: StopKind::Cancel });
    a.case(Stage::Picked, Action::DecideStop, asked(StopKind::Cancel), Blocker::CostStatementMissing);
    let mut case = a.film.at(confirmed);
    asked(StopKind::Cancel)(&mut case);
    let refuse = Command::DecideStop { answer: StopAnswer::Refused, comment: Some("不行".to_owned()), cost: None };
    a.all.push(Attempt { case, command: refuse, expected: Blocker::CommentMissing });
    // Nothing moves on hold, and the reason is told.
    let on_hold = Blocker::OrderOnHold { reason: StopReason::Customer, since: now };
    for (stage, action) in [(Stage::Packed, Action::ArrangeShipment), (Stage::Picked, Action::RecordPacking)] {
        a.case(stage, action, held, on_hold.clone());
    }
    a.case(
        Stage::Shipped,
        Action::CompleteOrder,
        |c| c.order.iter_mut().for_each(|o| o.status = OrderStatus::ShortClosed),
        Blocker::NotAllSigned,
    );
}

#[tokio::test]
async fn every_guard_has_a_case_that_it_refuses() {
    let film = Film::shoot().await;
    let now = film.world.now();
    let mut attempts = Attempts { film: &film, all: Vec::new() };
    customers(&mut attempts);
    requirements(&mut attempts);
    quotes(&mut attempts);
    orders(&mut attempts);
    reviews(&mut attempts);
    stops(&mut attempts);
    pledges(&mut attempts);
    money(&mut attempts);
    changes(&mut attempts);
    feedback(&mut attempts);
    for attempt in &attempts.all {
        let found = blockers(&attempt.case, attempt.command.action(), Some(&attempt.command), now);
        assert!(
            found.contains(&attempt.expected),
            "{:?}\nexpected {:?}, found {found:?}",
            attempt.command,
            attempt.expected
        );
    }
    // And no guard of the table is without such a case.
    for row in TABLE {
        for (place, guard) in row.guards.iter().enumerate() {
            let refuses = |attempt: &&Attempt| {
                let ask = Ask { case: &attempt.case, now, command: Some(&attempt.command) };
                guard(&ask).contains(&attempt.expected)
            };
            let same_guard = |attempt: &&Attempt| {
                TABLE
                    .iter()
                    .filter(|r| r.action == attempt.command.action())
                    .flat_map(|r| r.guards)
                    .any(|g| same(*g, *guard))
                    || attempt.command.action() == row.action
            };
            assert!(
                attempts.all.iter().filter(same_guard).any(|a| refuses(&a)),
                "guard {} of {:?} refuses nothing that is tried here",
                place + 1,
                row.action
            );
        }
    }
}

fn same(one: Guard, other: Guard) -> bool {
    std::ptr::fn_addr_eq(one, other)
}
