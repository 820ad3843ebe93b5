//! What the demonstration's customers said: an old packaging complaint with the lesson of story 2, and,
//! once orders are completed, praise, an open complaint and an answered survey.
//!
//! Whatever was said already is left as it is, so that an interrupted making goes on.

use super::company::CUSTOMERS;
use super::founding::Company;
use super::told;
use crate::app::{App, By, FeedbackAbout, SurveyBy};
use crate::domain::feedback::{
    FeedbackCategory, FeedbackChannel, FeedbackCommand, FeedbackKind, Scores, Severity, Solution, Statement,
    SurveyAnswer,
};
use crate::domain::policy::VisibleTo;
use crate::domain::staff::Actor;
use crate::store::feedback_list::{self, FeedbackFilter};
use anyhow::anyhow;
use chrono::{DateTime, TimeDelta, Utc};

fn by<'a>(app: &App, actor: &'a Actor) -> By<'a> {
    By { actor, request: app.ids.next(), form: None, uploads: Vec::new() }
}

/// Nobody has said anything yet.
async fn is_silent(app: &App) -> anyhow::Result<bool> {
    let mut conn = app.db.read().await?;
    let now = app.clock.now();
    let found = feedback_list::rows(&mut conn, VisibleTo::Everything, &FeedbackFilter::default(), now, 2).await?;
    Ok(found.is_empty())
}

async fn act(app: &App, actor: &Actor, no: &str, version: i64, command: FeedbackCommand) -> anyhow::Result<()> {
    app.act_on_feedback(&by(app, actor), no, version, command).await.map_err(told)?;
    Ok(())
}

fn statement(
    actor: &Actor,
    kind: FeedbackKind,
    category: FeedbackCategory,
    content: &str,
    at: DateTime<Utc>,
) -> Statement {
    Statement {
        kind,
        category,
        severity: (kind == FeedbackKind::Complaint).then_some(Severity::General),
        contact: None,
        channel: FeedbackChannel::Phone,
        content: Some(content.to_owned()),
        received_at: at,
        handler: actor.id,
        about: None,
    }
}

/// The complaint that the customer of story 2 made half a year ago.
pub async fn old_complaint(app: &App, company: &Company) -> anyhow::Result<()> {
    if !is_silent(app).await? {
        return Ok(());
    }
    let plan = &CUSTOMERS[0];
    let customer = company.customers.get(plan.uscc).ok_or_else(|| anyhow!("the customer of story 2 is missing"))?;
    let (rep, manager) = (company.actor(plan.owner)?, company.actor("liqiang")?);
    let now = app.clock.now();
    let said = statement(
        &rep,
        FeedbackKind::Complaint,
        FeedbackCategory::Packaging,
        "到货 12 套,外箱压扁 3 箱,受潮 1 套",
        now - TimeDelta::days(140),
    );
    let done =
        app.record_feedback(&by(app, &rep), FeedbackAbout::Customer { no: customer }, said).await.map_err(told)?;
    let no = done.then().trim_start_matches("/feedback/").to_owned();
    let solution = Solution {
        cause: "只缠了膜,没有防潮托盘和护角".to_owned(),
        remedy: "补发 1 套,承担运费".to_owned(),
        lesson: Some("防潮托盘+护角".to_owned()),
    };
    act(app, &rep, &no, 1, FeedbackCommand::Solve(Box::new(solution))).await?;
    act(app, &manager, &no, 2, FeedbackCommand::Close { satisfied: true, note: None }).await
}

/// What was said about orders that are completed by now.
pub async fn after_delivery(app: &App, company: &Company) -> anyhow::Result<()> {
    let now = app.clock.now();
    let orders = {
        let mut conn = app.db.read().await?;
        feedback_list::surveys_due(&mut conn, VisibleTo::Everything, None, &app.calendar, now, 3).await?
    };
    let owner_of = |id: uuid::Uuid| {
        let plans = super::company::PEOPLE.iter();
        plans.filter_map(|p| company.actor(p.login).ok()).find(|actor| actor.id.0 == id)
    };
    for (place, row) in orders.iter().enumerate() {
        let Some(rep) = owner_of(row.owner_id) else { continue };
        let about = FeedbackAbout::Order { no: &row.order_no };
        match place {
            0 => {
                let answer = SurveyAnswer {
                    scores: Scores::of([5, 4, 5, 5, 5]),
                    contact: None,
                    channel: FeedbackChannel::Phone,
                    comment: Some("安装师傅很专业,交货比约定早一天".to_owned()),
                };
                app.answer_survey(SurveyBy::Person(&by(app, &rep)), &row.order_no, answer).await.map_err(told)?;
            }
            1 => {
                let words = "设备开机画面偏色,换线后仍有";
                let at = now - TimeDelta::hours(3);
                let said = statement(&rep, FeedbackKind::Complaint, FeedbackCategory::Quality, words, at);
                app.record_feedback(&by(app, &rep), about, said).await.map_err(told)?;
            }
            _ => {
                let words = "售后响应快,当天就派人上门";
                let said = statement(&rep, FeedbackKind::Praise, FeedbackCategory::Service, words, now);
                app.record_feedback(&by(app, &rep), about, said).await.map_err(told)?;
            }
        }
    }
    Ok(())
}
