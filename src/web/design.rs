//! Every component of the pages on one sheet, in the demo company only: to look at them side by
//! side in both languages and appearances. Everything on it is made up.

use super::form::{Choice, ErrorItem, FormView, Submitted};
use super::page::{self, Chrome, Section};
use super::{Here, Problem, Web};
use crate::wording::Lang;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

/// Addresses; none outside the demo company.
pub fn routes(is_demo: bool) -> Router<Web> {
    if is_demo { Router::new().route("/design", get(show)) } else { Router::new() }
}

struct Step {
    number: u8,
    label: String,
    state: &'static str,
    person: String,
    time: String,
    href: Option<String>,
}

struct Condition {
    text: String,
    is_met: bool,
    href: Option<String>,
    action: String,
    who: String,
}

struct Event {
    iso: String,
    when: String,
    who: String,
    text: String,
    detail: Option<String>,
    kind: &'static str,
}

struct Line {
    number: usize,
    product_id: String,
    product: String,
    spec_id: String,
    spec: String,
    qty_id: String,
    qty: String,
    policy: String,
    price_id: String,
    price: String,
    price_error: Option<String>,
    no_error: Option<String>,
    amount: String,
}

struct Deal {
    number: String,
    customer: String,
    act: String,
    step: String,
    tone: &'static str,
    owner: String,
    amount: String,
    mark: &'static str,
    time_kind: &'static str,
    time: String,
}

#[derive(Template)]
#[template(path = "design.html")]
struct DesignPage {
    chrome: Chrome,
    t: Lang,
    form: FormView,
    errors: Vec<ErrorItem>,
    options: Vec<Choice>,
    invoices: Vec<Choice>,
    steps: Vec<Step>,
    conditions: Vec<Condition>,
    events: Vec<Event>,
    lines: Vec<Line>,
    deals: Vec<Deal>,
    newer: Option<String>,
    older: Option<String>,
}

async fn show(State(web): State<Web>, here: Here) -> Result<Response, Problem> {
    page::page(&sample(page::bare(&web, &here, Section::None), here.t))
}

fn s(text: &str) -> String {
    text.to_owned()
}

fn pick(t: Lang, zh: &str, en: &str) -> String {
    s(if t == Lang::Zh { zh } else { en })
}

fn sample(chrome: Chrome, t: Lang) -> DesignPage {
    let typed = Submitted::of(&[
        ("uscc", "9131 0000 6072 3456 7X"),
        ("quantity", "1,200"),
        ("price", "107.005"),
        ("valid_until", "2026-12-15"),
        ("meeting", "2026-12-01T09:30"),
        ("invoice", "special"),
        ("channels", "web"),
    ]);
    let wrong = [
        ("uscc", t.design_uscc_error()),
        ("contact", t.design_contact_error()),
        ("source", t.design_source_error()),
        ("price", t.design_price_error()),
    ];
    let form = FormView::typed(&typed, wrong.map(|(field, text)| (s(field), s(text))).to_vec());
    let options =
        [("fair", t.design_source_fair()), ("referral", t.design_source_referral()), ("web", t.design_source_web())]
            .map(|(v, l)| Choice::new(v, l))
            .to_vec();
    let invoices = [("special", t.design_invoice_special()), ("ordinary", t.design_invoice_ordinary())]
        .map(|(v, l)| Choice::new(v, l))
        .to_vec();
    DesignPage {
        chrome,
        t,
        errors: form.errors(),
        form,
        options,
        invoices,
        steps: steps(t),
        conditions: conditions(t),
        events: events(t),
        lines: lines(t),
        deals: deals(t),
        newer: None,
        older: Some(s("#older")),
    }
}

fn steps(t: Lang) -> Vec<Step> {
    let li = pick(t, "李娜", "Li Na");
    vec![
        Step {
            number: 1,
            label: s(t.design_step_1()),
            state: "done",
            person: li.clone(),
            time: pick(t, "用时 2 小时 15 分", "took 2 h 15 min"),
            href: Some(s("#1")),
        },
        Step {
            number: 2,
            label: s(t.design_step_2()),
            state: "done",
            person: li.clone(),
            time: pick(t, "用时 1 天", "took 1 day"),
            href: Some(s("#2")),
        },
        Step {
            number: 3,
            label: s(t.design_step_3()),
            state: "current",
            person: li.clone(),
            time: pick(t, "限周二 11:00", "until Tue 11:00"),
            href: Some(s("#3")),
        },
        Step {
            number: 4,
            label: s(t.design_step_4()),
            state: "blocked",
            person: pick(t, "陈静", "Chen Jing"),
            time: pick(t, "等底价批准", "waits for the floor price"),
            href: Some(s("#4")),
        },
        Step {
            number: 5,
            label: s(t.design_step_5()),
            state: "next",
            person: String::new(),
            time: String::new(),
            href: None,
        },
        Step {
            number: 6,
            label: s(t.design_step_6()),
            state: "next",
            person: String::new(),
            time: String::new(),
            href: None,
        },
    ]
}

fn conditions(t: Lang) -> Vec<Condition> {
    vec![
        Condition {
            text: pick(t, "需求确认单已由客户确认", "The customer confirmed the requirement"),
            is_met: true,
            href: None,
            action: String::new(),
            who: String::new(),
        },
        Condition {
            text: pick(t, "营业执照尚未核验", "The licence is not yet verified"),
            is_met: false,
            href: Some(s("#l")),
            action: pick(t, "去核验", "Verify"),
            who: pick(t, "销售助理 周敏", "Zhou Min, sales assistant"),
        },
        Condition {
            text: pick(t, "第 3 行单价低于底价 ¥98.00", "Line 3 is below the floor price ¥98.00"),
            is_met: false,
            href: Some(s("#p")),
            action: pick(t, "改单价", "Change the price"),
            who: pick(t, "销售总监", "sales director"),
        },
    ]
}

fn events(t: Lang) -> Vec<Event> {
    vec![
        Event {
            iso: s("2026-11-24T10:05:00+08:00"),
            when: pick(t, "今天 10:05", "today 10:05"),
            who: pick(t, "陈静", "Chen Jing"),
            text: pick(t, "退回了报价 V1", "returned quote V1"),
            detail: Some(pick(t, "“运费请单列。”", "“Please show the freight separately.”")),
            kind: "warn",
        },
        Event {
            iso: s("2026-11-23T16:40:00+08:00"),
            when: pick(t, "昨天 16:40", "yesterday 16:40"),
            who: pick(t, "李娜", "Li Na"),
            text: pick(t, "提交了报价 V1，¥131,200.00", "submitted quote V1, ¥131,200.00"),
            detail: None,
            kind: "plain",
        },
        Event {
            iso: s("2026-11-23T09:12:00+08:00"),
            when: pick(t, "昨天 09:12", "yesterday 09:12"),
            who: pick(t, "客户", "Customer"),
            text: pick(t, "确认了需求", "confirmed the requirement"),
            detail: None,
            kind: "ok",
        },
    ]
}

fn lines(t: Lang) -> Vec<Line> {
    [
        ("KD-8801", "M8×40 304", "1,200", "110.00", "107.005", "128,406.00"),
        ("KD-2207", "φ12 × 300", "40", "86.50", "86.50", "3,460.00"),
        ("KD-3310", "", "", "", "", ""),
    ]
    .into_iter()
    .enumerate()
    .map(|(i, (p, sp, q, po, pr, am))| {
        let n = i + 1;
        Line {
            number: n,
            product_id: format!("line-{n}-sku"),
            product: s(p),
            spec_id: format!("line-{n}-spec"),
            spec: s(sp),
            qty_id: format!("line-{n}-qty"),
            qty: s(q),
            policy: s(po),
            price_id: format!("line-{n}-price"),
            price: s(pr),
            price_error: (i == 0).then(|| s(t.design_price_error())),
            no_error: None,
            amount: s(am),
        }
    })
    .collect()
}

fn deals(t: Lang) -> Vec<Deal> {
    let li = pick(t, "李娜", "Li Na");
    vec![
        Deal {
            number: s("D-2026-00017"),
            customer: s(t.design_customer_value()),
            act: pick(t, "提交报价 V2", "Submit quote V2"),
            step: s(t.design_step_3()),
            tone: "info",
            owner: li.clone(),
            amount: s("128,400.00"),
            mark: "is-late",
            time_kind: "overdue",
            time: pick(t, "1 小时 20 分", "1 h 20 min"),
        },
        Deal {
            number: s("D-2026-00016"),
            customer: pick(t, "宁波海通电器厂", "Ningbo Haitong Electric"),
            act: pick(t, "催财务部审批", "Remind Finance"),
            step: s(t.design_step_4()),
            tone: "warn",
            owner: pick(t, "赵磊", "Zhao Lei"),
            amount: s("9,860.00"),
            mark: "is-due",
            time_kind: "due",
            time: s(t.design_half_hour()),
        },
        Deal {
            number: s("D-2026-00012"),
            customer: pick(t, "苏州恒信包装", "Suzhou Hengxin Packaging"),
            act: pick(t, "登记签收", "Record the sign-off"),
            step: s(t.design_step_6()),
            tone: "ok",
            owner: li,
            amount: s("1,145,840.00"),
            mark: "",
            time_kind: "left",
            time: pick(t, "2 天", "2 days"),
        },
    ]
}
