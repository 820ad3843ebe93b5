//! Every row of the table from every state of its document: possible where the row says so,
//! refused everywhere else; and the database knows the same moves.

use super::commands::{Film, change_of, invoice, receipt_of, shortage, stop_of, troubled};
use crate::harness::stages::Stage;
use crate::harness::world::{World, told};
use kuaidan::app::Failure;
use kuaidan::domain::alternative::{Alternative, OtherQuote};
use kuaidan::domain::approval::{Decision, NodeKind, NodeStatus};
use kuaidan::domain::change::{ChangeApproval, ChangeStatus};
use kuaidan::domain::customer::{
    CustomerConfirmMethod, CustomerConfirmation, CustomerStatus, RegistryStatus, Verification, VerifyChannel,
};
use kuaidan::domain::deal::DealStatus;
use kuaidan::domain::delivery::{ExceptionStatus, GoodsReturn, Inspection, ReturnFreight, ReturnOutcome};
use kuaidan::domain::fast_path::{PostReview, PostReviewStatus};
use kuaidan::domain::feedback::FeedbackStatus;
use kuaidan::domain::ids::{CallId, ExceptionId, HoldId, PostReviewId, QuoteId, ReturnId};
use kuaidan::domain::order::{OrderStatus, ShipmentStatus};
use kuaidan::domain::order_stop::{StopKind, StopStatus};
use kuaidan::domain::quote::QuoteStatus;
use kuaidan::domain::requirement::RequirementStatus;
use kuaidan::domain::round::{Call, CallKind, Condition, ConditionKind, Named};
use kuaidan::domain::staff::Role;
use kuaidan::domain::stock::Hold;
use kuaidan::domain::workflow::table::{Row, TABLE, To, rows_of};
use kuaidan::domain::workflow::{
    Action, Blocker, Case, Command, Document, State, acts_after_the_end, blockers, decide,
};
use sqlx::Row as _;
use std::collections::BTreeSet;

fn every_state(document: Document) -> Vec<State> {
    match document {
        Document::Customer => CustomerStatus::ALL.iter().map(|s| State::Customer(*s)).collect(),
        Document::Requirement => {
            [None].into_iter().chain(RequirementStatus::ALL.iter().map(|s| Some(*s))).map(State::Requirement).collect()
        }
        Document::Quote => {
            [None].into_iter().chain(QuoteStatus::ALL.iter().map(|s| Some(*s))).map(State::Quote).collect()
        }
        Document::Order => {
            [None].into_iter().chain(OrderStatus::ALL.iter().map(|s| Some(*s))).map(State::Order).collect()
        }
        Document::Deal => vec![State::OpenDeal],
        Document::Change => {
            [None].into_iter().chain(ChangeStatus::ALL.iter().map(|s| Some(*s))).map(State::Change).collect()
        }
        Document::Feedback => {
            [None].into_iter().chain(FeedbackStatus::ALL.iter().map(|s| Some(*s))).map(State::Feedback).collect()
        }
    }
}

/// The case with one document in another state, and everything else as it was.
fn with_state(film: &Film, mut case: Case, state: State) -> Case {
    match state {
        State::Feedback(status) => case.feedback = status.map(|s| Box::new(film.feedback(s, &case))),
        State::Customer(status) => case.customer.status = status,
        State::Requirement(None) => case.requirement = None,
        State::Requirement(Some(status)) => case.requirement.iter_mut().for_each(|r| r.status = status),
        State::Quote(None) => case.quote = None,
        State::Quote(Some(status)) => case.quote.iter_mut().for_each(|q| q.status = status),
        State::Order(None) => case.order = None,
        State::Order(Some(status)) => case.order.iter_mut().for_each(|o| o.status = status),
        State::OpenDeal => {}
        State::Change(None) => case.change = None,
        State::Change(Some(status)) => {
            let change = case.change.take();
            case.change = change.map(|c| {
                let filed_at = (status != ChangeStatus::Draft).then_some(c.created_at);
                Box::new(kuaidan::domain::change::Change { status, filed_at, ..*c })
            });
        }
    }
    case
}

/// The stage at which nothing but its own state can keep the action from happening.
fn ready_stage(action: Action) -> Stage {
    match action {
        Action::SaveCustomer
        | Action::AttachLicense
        | Action::RequestVerification
        | Action::CloseDeal
        | Action::DropUrgency
        | Action::OverrideCode => Stage::Registered,
        Action::VerifyLicense | Action::AskCorrection => Stage::VerificationAsked,
        Action::ConfirmWithCustomer | Action::Archive => Stage::Verified,
        Action::ReviewCustomer => Stage::Archived,
        Action::SaveRequirement | Action::SendRequirement => Stage::RequirementDrafted,
        Action::TickSpecials | Action::RecallRequirement | Action::ConfirmRequirement => Stage::RequirementSent,
        Action::ReviseRequirement | Action::AddConfirmationFile => Stage::RequirementConfirmed,
        Action::SaveQuote
        | Action::SubmitQuote
        | Action::ReopenQuoting
        | Action::AddAlternative
        | Action::ChooseAlternative
        | Action::HoldStock
        | Action::ReleaseHold => Stage::QuoteDrafted,
        Action::DecideNode
        | Action::WithdrawQuote
        | Action::ClaimNode
        | Action::GiveBackNode
        | Action::HandOverNode
        | Action::AddSigner
        | Action::AskRep
        | Action::AnswerCall
        | Action::RecallCall => Stage::QuoteSubmitted,
        Action::SendQuote | Action::AcknowledgeCondition | Action::AttachEvidence => Stage::QuoteApproved,
        Action::DeclineQuote | Action::RecordAcceptance => Stage::QuoteSent,
        Action::ConfirmOrder | Action::AgreePromise => Stage::Accepted,
        Action::AcknowledgeSpecial | Action::GivePledge | Action::RecordReceipt => Stage::OrderConfirmed,
        Action::RecordProduction | Action::RecordPicking | Action::RecordQc => Stage::Paid,
        Action::RecordPacking | Action::CheckPicking => Stage::Picked,
        Action::ArrangeShipment | Action::DropShipment | Action::Ship => Stage::Packed,
        Action::SignOff | Action::HandOver | Action::NoteTransit => Stage::Shipped,
        Action::OpenException
        | Action::AnswerException
        | Action::PlanException
        | Action::CloseException
        | Action::PlanBatches
        | Action::SlipPromise
        | Action::KeepStage
        | Action::TellCustomer => Stage::Paid,
        Action::CompleteOrder | Action::SettleReturn | Action::RecordCreditNote => Stage::Signed,
        Action::ReviewAfterwards | Action::ResolveObjection => Stage::QuoteApproved,
        Action::NoteRegistry
        | Action::Blacklist
        | Action::LiftBlacklist
        | Action::HoldCredit
        | Action::ReleaseCredit
        | Action::DeactivateCustomer
        | Action::ReactivateCustomer
        | Action::ChangeOwner
        | Action::SetGrade
        | Action::ChangeCredit => Stage::Archived,
        Action::RequestStop
        | Action::DecideStop
        | Action::WithdrawStop
        | Action::HoldOrder
        | Action::ResumeOrder
        | Action::CorrectReceipt
        | Action::RecordInvoice
        | Action::ApproveChange
        | Action::DraftChange
        | Action::FileChange
        | Action::AcknowledgeChange
        | Action::ConfirmChange
        | Action::RefuseChange
        | Action::WithdrawChange => Stage::OrderConfirmed,
        Action::RecordFeedback
        | Action::AnswerFeedback
        | Action::ReportFeedback
        | Action::AssignFeedback
        | Action::SolveFeedback
        | Action::ReturnFeedback
        | Action::CloseFeedback
        | Action::DismissFeedback
        | Action::CloseLesson
        | Action::AnswerSurvey => Stage::Signed,
    }
}

/// What the acts on a running node start from.
fn ready_node(film: &Film, action: Action, case: &mut Case) {
    let liqiang = Named { id: film.world.id("liqiang"), name: "李强".to_owned() };
    let Some(node) = case.round.as_mut().and_then(|r| r.nodes.first_mut()) else { return };
    match action {
        Action::GiveBackNode => node.claimed_by = Some(liqiang),
        Action::AnswerCall | Action::RecallCall => node.calls.push(Call {
            id: CallId(uuid::Uuid::from_u128(4)),
            kind: CallKind::Question,
            of: Named { id: film.world.id("wangmin"), name: "王敏".to_owned() },
            asked_by: liqiang,
            text: "客户预算多少？".to_owned(),
            asked_at: film.world.now(),
            due_at: None,
            ended: None,
        }),
        Action::AttachEvidence => node.condition = Some(Condition { kind: ConditionKind::Blocking, file: None }),
        _ => {}
    }
}

/// A case in which the action is possible from `from`, when the row speaks the truth.
fn ready(film: &Film, action: Action, from: State) -> Case {
    let mut case = film.at(ready_stage(action));
    if action == Action::Archive {
        let by = film.world.id("zhaoxue");
        case.customer.verification = Some(Verification { by, at: film.world.now(), channel: VerifyChannel::Gsxt });
        case.customer.confirmation = Some(CustomerConfirmation {
            method: CustomerConfirmMethod::Phone,
            contact: "李娜".to_owned(),
            note: None,
            file: None,
            by,
            at: film.world.now(),
        });
    }
    match action {
        Action::DropUrgency => case.deal.iter_mut().for_each(|d| {
            d.urgency = Some(kuaidan::domain::deal::Urgency {
                reason: kuaidan::domain::deal::UrgentReason::LineDown,
                text: "生产线停工，每小时损失很大，必须尽快到货".to_owned(),
                needed_at: film.world.now(),
            });
        }),
        Action::NoteRegistry => case.customer.profile.registry_status = Some(RegistryStatus::Abnormal),
        Action::LiftBlacklist => case.customer.is_blacklisted = true,
        Action::ReleaseCredit => case.customer.is_credit_hold = true,
        Action::ReactivateCustomer => case.customer.is_inactive = true,
        _ => {}
    }
    if action == Action::AnswerSurvey {
        // Completed long ago, nobody asked yet.
        case.order.iter_mut().for_each(|o| {
            o.status = OrderStatus::Completed;
            o.completed_at = Some(film.world.now() - chrono::TimeDelta::days(10));
        });
    }
    ready_node(film, action, &mut case);
    if action == Action::AddConfirmationFile {
        // Confirmed by phone, and the file is still to come.
        case.requirement.iter_mut().filter_map(|r| r.confirmation.as_mut()).for_each(|c| {
            c.file = None;
            c.file_owed_by = Some(film.world.now());
        });
    }
    if action == Action::RecordProduction {
        // One piece is missing on the shelf.
        case.order
            .iter_mut()
            .flat_map(|o| &mut o.lines)
            .filter(|l| l.is_goods)
            .for_each(|l| l.reserved -= rust_decimal::Decimal::ONE);
    }
    if (action, from) == (Action::CompleteOrder, State::Order(Some(OrderStatus::Confirmed))) {
        // Services alone.
        case.order.iter_mut().for_each(|o| o.lines.retain(|l| !l.is_goods));
    }
    deliver(film, action, &mut case);
    if let Action::ReviewAfterwards | Action::ResolveObjection = action {
        let is_owed = action == Action::ReviewAfterwards;
        case.post_reviews.push(PostReview {
            id: PostReviewId(uuid::Uuid::from_u128(9)),
            kind: NodeKind::Finance,
            status: if is_owed { PostReviewStatus::Open } else { PostReviewStatus::Objection },
            round_no: 1,
            granted_by: film.world.id("chenjing"),
            deciders: Vec::new(),
            escalated_to: None,
            opened_at: film.world.now(),
            due_at: film.world.now(),
            reviewed: None,
            resolution: None,
            outcome: None,
        });
    }
    if action == Action::ChooseAlternative {
        case.alternatives.others.push(OtherQuote {
            id: QuoteId(uuid::Uuid::from_u128(8)),
            alternative: Alternative::B,
            version_no: 2,
            status: QuoteStatus::Sent,
            gross: rust_decimal::Decimal::ONE,
            valid_until: crate::harness::world::day("2026-10-02"),
            sent_at: None,
            path: None,
        });
    }
    if action == Action::ReleaseHold {
        let deal = case.deal.clone().expect("a deal");
        case.shelves.iter_mut().for_each(|s| {
            s.holds.push(Hold {
                id: HoldId(uuid::Uuid::from_u128(7)),
                deal: deal.id,
                deal_no: deal.no.clone(),
                by: "王敏".to_owned(),
                wanted: rust_decimal::Decimal::ONE,
                taken_at: film.world.now(),
                until: film.world.now() + chrono::TimeDelta::hours(8),
            });
        });
    }
    if action == Action::RecordPacking {
        case.order.iter_mut().flat_map(|o| &mut o.specials).for_each(|s| s.acknowledged_at = Some(film.world.now()));
    }
    if from.document() == Document::Change {
        let mut change = change_of(&case, ChangeStatus::Draft, film.world.now());
        if action == Action::ApproveChange {
            change.approval = Some(ChangeApproval { role: Role::SalesManager, due_at: film.world.now(), said: None });
        }
        case.change = Some(Box::new(change));
    }
    if let (Action::DecideStop | Action::WithdrawStop, State::Order(Some(status))) = (action, from) {
        let kind = if status == OrderStatus::PartiallyShipped { StopKind::ShortClose } else { StopKind::Cancel };
        let stop = stop_of(&case, kind, StopStatus::Requested, film.world.now());
        case.order.iter_mut().for_each(|o| o.stops.push(stop.clone()));
    }
    if action == Action::CorrectReceipt {
        let receipt = receipt_of(film.world.now());
        case.order.iter_mut().for_each(|o| o.receipts.push(receipt.clone()));
    }
    if action == Action::RecordInvoice {
        let mut first = invoice(film.world.now());
        first.id = kuaidan::domain::ids::InvoiceId(uuid::Uuid::from_u128(9));
        "12345678".clone_into(&mut first.number);
        case.order.iter_mut().for_each(|o| o.invoices.push(first.clone()));
    }
    if action == Action::ResumeOrder {
        let stop = stop_of(&case, StopKind::Hold, StopStatus::InForce, film.world.now());
        case.order.iter_mut().for_each(|o| o.stops.push(stop.clone()));
    }
    with_state(film, case, from)
}

/// What an act of delivery needs before it.
fn deliver(film: &Film, action: Action, case: &mut Case) {
    let now = film.world.now();
    let line = case.order.as_ref().and_then(|o| o.goods().next()).map(|l| l.id);
    let status = match action {
        Action::AnswerException | Action::PlanException => Some(ExceptionStatus::Open),
        Action::CloseException | Action::SettleReturn => Some(ExceptionStatus::Planned),
        _ => None,
    };
    if let (Some(status), Some(line)) = (status, line) {
        troubled(case, shortage(line, now), status, now);
    }
    let Some(order) = &mut case.order else { return };
    match action {
        Action::RecordQc => order.lines.iter_mut().filter(|l| l.is_goods).for_each(|l| {
            l.reserved -= rust_decimal::Decimal::ONE;
            l.produced += rust_decimal::Decimal::ONE;
        }),
        Action::CheckPicking => order.tracking.pickings.iter_mut().for_each(|p| p.checked_at = None),
        Action::DropShipment | Action::Ship => {
            let sent = film.at(Stage::Shipped).order.map(|o| o.shipments).unwrap_or_default();
            order.shipments = sent;
            for shipment in &mut order.shipments {
                shipment.status = ShipmentStatus::Pending;
                shipment.shipped_at = None;
            }
        }
        Action::RecordCreditNote => {
            let (shipment, line) = (order.shipments[0].id, order.shipments[0].lines[0].order_line);
            order.tracking.returns.push(GoodsReturn {
                id: ReturnId(uuid::Uuid::from_u128(13)),
                exception: ExceptionId(uuid::Uuid::from_u128(11)),
                shipment,
                line,
                quantity: rust_decimal::Decimal::ONE,
                inspection: Inspection::Good,
                outcome: ReturnOutcome::Credit,
                freight: ReturnFreight::Seller,
                credit_note: None,
                at: now,
            });
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_row_starts_from_its_states_and_from_no_other() {
    let film = Film::shoot().await;
    let now = film.world.now();
    let (mut possible, mut refused) = (0, 0);
    for row in TABLE {
        for from in row.from {
            let case = ready(&film, row.action, *from);
            let command = film.command(row.action, &case);
            assert_eq!(blockers(&case, row.action, Some(&command), now), [], "{:?} from {from:?}", row.action);
            possible += 1;
        }
        let documents: BTreeSet<Document> = row.from.iter().map(|s| s.document()).collect();
        for state in documents.into_iter().flat_map(every_state) {
            if rows_of(row.action).any(|r| r.from.contains(&state)) {
                continue;
            }
            let case = ready(&film, row.action, state);
            let command = film.command(row.action, &case);
            let found = blockers(&case, row.action, Some(&command), now);
            assert!(!found.is_empty(), "{:?} is possible from {state:?}", row.action);
            assert!(!blockers(&case, row.action, None, now).is_empty(), "{:?} is offered in {state:?}", row.action);
            refused += 1;
        }
    }
    assert!(possible >= 50 && refused >= 150, "{possible} {refused}");
}

#[tokio::test]
async fn nothing_but_the_archive_moves_once_a_deal_is_closed() {
    let film = Film::shoot().await;
    let lasting = |r: &&Row| {
        acts_after_the_end(r.action) || matches!(r.from[0].document(), Document::Customer | Document::Feedback)
    };
    for row in TABLE.iter().filter(|r| !lasting(r)) {
        for status in [DealStatus::Lost, DealStatus::Completed] {
            let mut case = ready(&film, row.action, row.from[0]);
            case.deal.iter_mut().for_each(|d| d.status = status);
            let command = film.command(row.action, &case);
            assert_eq!(
                blockers(&case, row.action, Some(&command), film.world.now()),
                [Blocker::DealClosed],
                "{:?}",
                row.action
            );
        }
    }
}

#[tokio::test]
async fn a_closed_gate_stops_every_later_step() {
    let film = Film::shoot().await;
    for row in TABLE
        .iter()
        .filter(|r| !matches!(r.from[0].document(), Document::Customer | Document::Deal | Document::Feedback))
    {
        let mut case = ready(&film, row.action, row.from[0]);
        case.customer.status = CustomerStatus::PendingConfirmation;
        let confirmed = case.order.as_ref().is_some_and(|o| o.confirmed_at.is_some());
        let command = film.command(row.action, &case);
        let found = blockers(&case, row.action, Some(&command), film.world.now());
        let gate = Blocker::CustomerNotArchived { status: CustomerStatus::PendingConfirmation };
        // Goods that are on their way stay on it (DOMAIN 1.1, going back).
        assert_eq!(found.contains(&gate), !confirmed, "{:?}: {found:?}", row.action);
    }
}

#[tokio::test]
async fn every_possible_act_leaves_a_trace() {
    let film = Film::shoot().await;
    let world = &film.world;
    let actor = world.actor("liqiang");
    let ids = || world.app.ids.next();
    for row in TABLE {
        for from in row.from {
            let case = ready(&film, row.action, *from);
            let command = film.command(row.action, &case);
            let supply = kuaidan::domain::workflow::Supply {
                now: world.now(),
                actor: &actor,
                ids: &ids,
                number: Some("X-1".to_owned()),
                second_number: None,
                calendar: &world.app.calendar,
                company: &[],
            };
            let events =
                decide(&case, &command, &supply).unwrap_or_else(|b| panic!("{:?} from {from:?}: {b:?}", row.action));
            // Acknowledging what nobody asked for changes nothing; everything else leaves a trace.
            assert_eq!(events.is_empty(), row.action == Action::AcknowledgeCondition, "{:?} from {from:?}", row.action);
        }
    }
}

/// Moves of the stored rows that the table describes in its own words: a new version takes the
/// place of one that was alive, and the old row is marked.
const REPLACED: &[(&str, &str, &str)] = &[
    ("requirement", "confirmed", "superseded"),
    // The version of a change that the customer did not confirm.
    ("requirement", "sent", "cancelled"),
    ("quote", "draft", "superseded"),
    ("quote", "approved", "superseded"),
    ("quote", "sent", "superseded"),
    // The customer took another alternative.
    ("quote", "draft", "not_chosen"),
    ("quote", "approved", "not_chosen"),
    ("quote", "sent", "not_chosen"),
    // A change lowers what is wanted to what the customer has.
    ("order", "in_fulfilment", "signed"),
    ("order", "partially_shipped", "signed"),
];

/// Moves that the database allows and no act makes: words of DOMAIN 1.2, 1.3 and 7.1 without an act yet.
const UNUSED: &[(&str, &str, &str)] =
    &[("requirement", "draft", "cancelled"), ("requirement", "confirmed", "cancelled"), ("quote", "sent", "expired")];

type Edge = (String, String, String);

fn edge(from: State, to: State) -> Edge {
    let document = format!("{:?}", from.document()).to_lowercase();
    (document, from.code().to_owned(), to.code().to_owned())
}

/// The moves of stored rows that a row of the table stands for.
fn moves(row: &Row) -> Vec<Edge> {
    let targets: &[State] = match &row.to {
        To::Same => &[],
        To::Next(to) => std::slice::from_ref(to),
        To::OneOf(all) => all,
    };
    let new_version = matches!(
        row.action,
        Action::SaveRequirement
            | Action::ReviseRequirement
            | Action::SaveQuote
            | Action::AddAlternative
            | Action::DraftChange
    );
    row.from
        .iter()
        .filter(|_| !new_version)
        .flat_map(|from| targets.iter().map(|to| (*from, *to)))
        .filter(|(from, to)| from != to && reachable(row.action, *from, *to))
        .map(|(from, to)| edge(from, to))
        .collect()
}

/// Of the moves that a row with several ends allows, those that its effects can make.
fn reachable(action: Action, from: State, to: State) -> bool {
    use CustomerStatus::{Archived, PendingConfirmation};
    use OrderStatus::{
        Cancelled, Confirmed, Draft, InFulfilment, OnHold, PartiallyShipped, Shipped, ShortClosed, Signed,
    };
    match (action, from, to) {
        (Action::SaveCustomer, State::Customer(from), State::Customer(to)) => {
            (from, to) == (Archived, PendingConfirmation)
        }
        // Earlier states cannot be verified and confirmed; the gate refuses them with their blockers.
        (Action::Archive, State::Customer(from), _) => from == PendingConfirmation,
        // An order on hold goes back before it ends.
        (Action::DecideStop, State::Order(Some(from)), State::Order(Some(to))) => matches!(
            (from, to),
            (Confirmed | InFulfilment | PartiallyShipped, OnHold)
                | (Draft | Confirmed | InFulfilment, Cancelled)
                | (PartiallyShipped, ShortClosed)
        ),
        (Action::HoldOrder, _, _) => true,
        // Back to where it was first; what the quantities say follows from there.
        (Action::ResumeOrder, _, State::Order(Some(to))) => matches!(to, Confirmed | InFulfilment | PartiallyShipped),
        // What comes back is owed again.
        (Action::SettleReturn, State::Order(Some(from)), State::Order(Some(to))) => {
            matches!((from, to), (Signed | Shipped, PartiallyShipped | InFulfilment) | (PartiallyShipped, InFulfilment))
        }
        // Otherwise quantities only grow, and every state on the way is walked.
        (_, State::Order(Some(from)), State::Order(Some(to)))
            if action != Action::ConfirmOrder && action != Action::CompleteOrder =>
        {
            matches!(
                (from, to),
                (Confirmed, InFulfilment)
                    | (InFulfilment, PartiallyShipped | Shipped)
                    | (PartiallyShipped, Shipped)
                    | (Shipped, Signed)
            )
        }
        // What is recorded newly begins in its state; only a draft moves.
        (Action::RecordFeedback, State::Feedback(from), _) => from.is_some(),
        (Action::AnswerSurvey, ..) => false,
        // Filing and the answers come first, what follows from them after it.
        (Action::FileChange, _, to) => to == State::Change(Some(ChangeStatus::Assessing)),
        _ => true,
    }
}

#[tokio::test]
async fn the_database_knows_the_moves_of_the_table_and_no_others() {
    let owned = |(d, f, t): &(&str, &str, &str)| ((*d).to_owned(), (*f).to_owned(), (*t).to_owned());
    let mut expected: BTreeSet<Edge> = TABLE.iter().flat_map(moves).collect();
    expected.extend(REPLACED.iter().chain(UNUSED).map(owned));
    let w = World::new().await;
    let mut conn = w.database.app_connection().await;
    let rows = sqlx::query("SELECT document, from_status, to_status FROM status_edge WHERE document IN ('customer', 'requirement', 'quote', 'order', 'change', 'feedback')")
        .fetch_all(&mut conn)
        .await
        .expect("readable");
    let stored: BTreeSet<Edge> = rows.iter().map(|r| (r.get(0), r.get(1), r.get(2))).collect();
    assert_eq!(stored.difference(&expected).collect::<Vec<_>>(), Vec::<&Edge>::new(), "moves that no row makes");
    assert_eq!(
        expected.difference(&stored).collect::<Vec<_>>(),
        Vec::<&Edge>::new(),
        "moves that the database refuses"
    );
}

#[tokio::test]
async fn a_rejected_quote_is_taken_up_again_by_the_manager() {
    let w = World::new().await;
    let deal = w.submitted_quote().await;
    let reject = crate::harness::stages::decide(NodeKind::SalesManager, Decision::Reject, Some("价格太低，不做"));
    w.must("liqiang", &deal, &[], reject).await;
    let case = w.case(&deal).await;
    assert_eq!(case.quote.expect("a quote").status, QuoteStatus::Rejected);
    assert!(case.round.expect("a round").nodes.iter().all(|n| n.status == NodeStatus::Rejected));
    let refused = w.act("wangmin", &deal, &[], Command::ReopenQuoting).await;
    assert!(matches!(refused, Err(Failure::Denied(_))), "{:?}", refused.map_err(|f| told(&f)));
    w.must("liqiang", &deal, &[], Command::ReopenQuoting).await;
    let plan = crate::harness::stages::Plan::default();
    w.bring_to(Stage::QuoteDrafted, &deal, &plan).await;
    let quote = w.case(&deal).await.quote.expect("a quote");
    assert_eq!((quote.status, quote.version_no), (QuoteStatus::Draft, 2));
}
