//! `bench-data`: a company with volumes in an empty database, to measure with. The demonstration's
//! deals are made by the application's own commands; the store copies them by the thousand.
//!
//! It refuses a database that holds anything: what is real is never mixed with what is made up.

use super::database::{self, Database, Schema};
use super::demo::{self, Extent};
use super::told;
use crate::app::setup::Purpose;
use crate::app::{App, By};
use crate::clock::Ids;
use crate::config::Config;
use crate::domain::approval::NodeStatus;
use crate::domain::workflow::Command;
use crate::store::people;
use crate::store::volume::{self, Sizes};
use anyhow::{Context as _, bail};
use clap::Args;

/// The sizes; what is left out is a company with 100,000 orders.
#[derive(Debug, Clone, Args)]
pub struct Wanted {
    /// Customers with two contacts each; six of ten are archived.
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    customers: u32,
    /// Products with pinyin initials; the first 20,000 have prices.
    #[arg(long, default_value_t = 600_000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    products: u32,
    /// Orders, open ones included.
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    orders: u32,
    /// Orders that are under way.
    #[arg(long, default_value_t = 5_000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    open_orders: u32,
    /// Deals that wait for an approval.
    #[arg(long, default_value_t = 2_000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    waiting: u32,
    /// Open deals in the other steps.
    #[arg(long, default_value_t = 3_000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    deals: u32,
    /// Accepted deals whose order is to be confirmed.
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    ready: u32,
    /// Completed orders, the newest, that keep every event and every fact of reports.
    #[arg(long, default_value_t = 20_000, value_name = "N", value_parser = clap::value_parser!(u32).range(..=10_000_000))]
    history: u32,
    /// The same seed makes the same company.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u32,
}

impl Wanted {
    fn sizes(&self) -> Sizes {
        Sizes {
            seed: self.seed,
            customers: self.customers,
            products: self.products,
            orders: self.orders,
            open_orders: self.open_orders,
            waiting: self.waiting,
            deals: self.deals,
            ready: self.ready,
            history: self.history,
        }
    }
}

/// `kuaidan bench-data`.
pub async fn run(config: &Config, wanted: &Wanted) -> anyhow::Result<()> {
    let database = Database::open(config, Schema::Migrate).await?;
    let outcome = async {
        let app = database.app(config).await?;
        let outcome = fill(&database, &app, config, &wanted.sizes()).await;
        app.db.close().await;
        outcome
    }
    .await;
    database.stop().await;
    outcome
}

async fn fill(database: &Database, app: &App, config: &Config, sizes: &Sizes) -> anyhow::Result<()> {
    if !volume::is_empty(&mut *app.db.read().await?).await? {
        bail!("this database holds people, customers or deals: bench-data fills an empty one only");
    }
    if !database::installation(app, Purpose::Demo).await?.is_demo {
        bail!("this database belongs to a company at work: choose another data folder or database");
    }
    let deals = Box::pin(demo::make(database, app, config, Extent::Deals, Ids::counted(sizes.seed.into()))).await?;
    acknowledge(app).await?;
    // What the copies are to have: limits looked at.
    app.sweep_limits().await.map_err(told)?;
    tracing::info!(deals, "the deals to copy are there");
    let owner = database.owner().await?;
    let filled =
        volume::fill(&mut *owner.read().await?, sizes, app.clock.now(), |part| tracing::info!(part, "filled")).await;
    let done = match filled {
        Ok(()) => app.rebuild_facts(&owner).await.map(|_| ()).map_err(told),
        Err(failure) => Err(failure.into()),
    };
    owner.close().await;
    done
}

/// Reps acknowledge what was approved with a condition, so that drafted orders are ready.
async fn acknowledge(app: &App) -> anyhow::Result<()> {
    let drafted = volume::drafted(&mut *app.db.read().await?).await?;
    for (no, login) in drafted {
        let owner =
            people::by_login(&mut *app.db.read().await?, &login).await?.with_context(|| format!("no {login}"))?;
        let owner = owner.actor();
        loop {
            let case = app.deal(&owner, &no).await.map_err(told)?;
            let mut nodes = case.round.iter().flat_map(|r| &r.nodes);
            let open = nodes.find(|n| n.status == NodeStatus::ApprovedCond && n.condition_acknowledged_at.is_none());
            let (Some(node), Some(deal)) = (open.map(|n| n.kind), &case.deal) else { break };
            let by = By { actor: &owner, request: app.ids.next(), form: None, uploads: Vec::new() };
            app.act_on_deal(&by, &no, deal.version, Command::AcknowledgeCondition { node }).await.map_err(told)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        wanted: Wanted,
    }

    #[test]
    fn every_size_has_a_flag() {
        let line = "x --customers 100 --products 2 --orders 3 --open-orders 4 --waiting 5 --deals 6 --ready 9 --history 7 --seed 8";
        let sizes = Line::try_parse_from(line.split(' ')).expect("a good line").wanted.sizes();
        let found =
            [sizes.customers, sizes.products, sizes.orders, sizes.open_orders, sizes.waiting, sizes.deals, sizes.ready];
        assert_eq!((found, sizes.history, sizes.seed), ([100, 2, 3, 4, 5, 6, 9], 7, 8));
        assert!(Line::try_parse_from(["x", "--orders", "many"]).is_err());
    }
}
