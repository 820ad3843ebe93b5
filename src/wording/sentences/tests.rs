//! The timeline and the notices as people read them.

use super::*;
use crate::domain::approval::{ApprovalPath, Decision, NodeKind};
use crate::domain::calendar::Profile;
use crate::domain::customer::{CustomerConfirmMethod, VerifyChannel};
use crate::domain::deal::{LostReason, Step};
use crate::domain::ids::{AttachmentId, NodeId, OrderId, PersonId, QuoteId, RoundId, ShipmentId};
use crate::domain::input::is_chinese;
use crate::domain::order::{Acceptance, AcceptanceKind, OrderStatus};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::dec;
use uuid::Uuid;

fn at() -> DateTime<Utc> {
    "2026-09-18T01:15:00Z".parse().unwrap()
}

fn node(kind: NodeKind) -> RoundNode {
    RoundNode { id: NodeId(Uuid::nil()), kind, reasons: Vec::new(), limit_minutes: 240, profile: Profile::Standard }
}

fn samples() -> Vec<Event> {
    let (quote, order, round, id) =
        (QuoteId(Uuid::nil()), OrderId(Uuid::nil()), RoundId(Uuid::nil()), NodeId(Uuid::nil()));
    let acceptance = Acceptance {
        kind: AcceptanceKind::CustomerPo,
        accepted_at: at(),
        file: AttachmentId(Uuid::nil()),
        po_no: Some("PO-7".to_owned()),
        po_check: None,
        recorded_by: PersonId(Uuid::nil()),
    };
    vec![
        Event::VerificationRequested,
        Event::LicenseVerified { channel: VerifyChannel::Gsxt },
        Event::CustomerConfirmed {
            method: CustomerConfirmMethod::Phone,
            contact: "Li Na".to_owned(),
            note: None,
            file: None,
        },
        Event::CustomerArchived { next_review_on: NaiveDate::from_ymd_opt(2026, 12, 17).unwrap() },
        Event::ArchiveReopened { fields: vec!["legal_name".to_owned(), "bank_account".to_owned()], reason: None },
        Event::StepEntered { step: Step::Quote, due_at: Some(at()) },
        Event::RoundOpened {
            id: round,
            quote,
            no: "SP-1".to_owned(),
            round_no: 2,
            level: 3,
            path: ApprovalPath::Standard,
            content_hash: "00ff".to_owned(),
            nodes: vec![node(NodeKind::SalesManager), node(NodeKind::Finance)],
            skipped: Vec::new(),
            fast_refused: Vec::new(),
            basis: None,
        },
        Event::NodeDecided {
            id,
            node: NodeKind::Finance,
            decision: Decision::ApproveCond,
            comment: Some("Certificate".to_owned()),
            on_behalf: None,
            return_to: None,
            condition: None,
            sheet: Box::default(),
        },
        Event::QuoteAccepted { id: quote, content_hash: "00ff".to_owned(), acceptance },
        Event::ReceiptRecorded {
            order,
            position: 1,
            amount: dec!(24510.09),
            received_at: at(),
            reference: "R".to_owned(),
        },
        Event::Shipped {
            order,
            shipment: ShipmentId(Uuid::nil()),
            no: "FH-1".to_owned(),
            batch_no: 1,
            carrier: "Deppon".to_owned(),
            waybill_no: "DPK2026092201".to_owned(),
            packages: 10,
            eta: None,
            lines: Vec::new(),
        },
        Event::OrderMoved { order, from: OrderStatus::InFulfilment, to: OrderStatus::Shipped },
        Event::DealLost { reason: LostReason::Price },
        Event::ClausesDrafted { version_no: 2, zh: Vec::new(), en: Vec::new() },
        Event::ClausesPublished { version_no: 2 },
    ]
}

#[test]
fn the_timeline_reads_as_sentences() {
    let said: Vec<String> = samples().iter().map(|event| Lang::Zh.event(event)).collect();
    assert_eq!(
        said,
        [
            "提交执照核验",
            "营业执照核验通过，渠道：国家企业信用信息公示系统",
            "Li Na已确认客户资料，方式：电话",
            "客户建档，下次复核 2026年12月17日",
            "关键信息有变，须客户重新确认：客户全称、银行账号",
            "进入第 3 步：报价，限 9月18日 周五 09:15 前完成",
            "发起第 2 轮审批 SP-1（常规）：销售主管、财务部",
            "财务部：有条件同意，意见：Certificate",
            "客户接受报价（客户 PO，编号 PO-7），接受时间 9月18日 周五 09:15",
            "登记第 1 期回款，到账时间 9月18日 周五 09:15",
            "第 1 批发货：Deppon，运单号 DPK2026092201，共 10 件",
            "订单状态：履约中 → 已全部发货",
            "业务单按丢单关闭，原因：价格",
            "起草了合同条款第 2 版",
            "发布了合同条款第 2 版",
        ]
    );
}

#[test]
fn english_sentences_have_no_chinese_and_none_tells_amounts_or_ids() {
    for event in samples() {
        let (zh, en) = (Lang::Zh.event(&event), Lang::En.event(&event));
        assert!(!en.chars().any(is_chinese), "{en}");
        for text in [zh, en] {
            assert!(!text.contains("24,510") && !text.contains("00000000") && !text.contains("00ff"), "{text}");
        }
    }
}

#[test]
fn every_notice_is_its_own_sentence_in_both_languages() {
    for lang in Lang::ALL {
        let end = if lang == Lang::Zh { '。' } else { '.' };
        let mut all: Vec<_> = Action::ALL.iter().map(|action| lang.notice(action.code())).collect();
        assert!(all.iter().all(|text| text.ends_with(end) && *text != lang.notice("unheard_of")));
        assert!(lang == Lang::Zh || !all.iter().any(|text| text.chars().any(is_chinese)));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), Action::ALL.len());
    }
    assert_eq!(Lang::En.notice("decide_node"), "A quote is waiting for your approval.");
}
