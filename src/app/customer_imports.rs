//! Importing customers: what a file is compared with, keeping the file, and the import itself in
//! one transaction.
//!
//! What is imported is what was shown: each known archive must still have the version the dry run
//! saw, and each new code must still be free.

use super::act::{FormState, finish, take_key};
use super::{App, By, Done, Failure, Taken, tell};
use crate::domain::calendar::local_date;
use crate::domain::customer::Customer;
use crate::domain::customer_import::{self, ImportOutcome, ImportRow};
use crate::domain::ids::{CustomerId, ImportRunId, PersonId};
use crate::domain::policy::{self, Act};
use crate::domain::routing::RouteFacts;
use crate::domain::rules::RuleBook;
use crate::domain::staff::Actor;
use crate::domain::workflow::{self, Case, Command, Event, Supply};
use crate::store::archive;
use crate::store::customer_imports::{self as store, Alike, Imported};
use crate::store::events::{self, Stream};
use crate::store::import_runs::{self, ImportCounts, ImportRun, SheetKind};
use crate::store::people::{self, Person};
use crate::store::{StoreError, Tx, numbers};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What the rows of a file are compared with.
#[derive(Debug, Clone, Default)]
pub struct KnownToImport {
    pub people: Vec<Person>,
    pub customers: Vec<Customer>,
    pub alike: Vec<Alike>,
    /// Codes of archives that were merged, with the one that stays.
    pub merged: Vec<(String, Taken)>,
}

/// The runs that the list shows.
const RUNS: i64 = 50;

impl App {
    /// Everybody, the archives with these codes, and those with names like these.
    pub async fn known_to_import(
        &self,
        actor: &Actor,
        codes: &[String],
        names: &[String],
    ) -> Result<KnownToImport, Failure> {
        let mut merged = Vec::new();
        let of_merged = archive::codes_of_merged(&mut *self.db.read().await?, codes).await?;
        for code in of_merged {
            let taken = self.code_taken(actor, &code, None).await?;
            merged.extend(taken.map(|taken| (code.as_str().to_owned(), taken)));
        }
        let mut conn = self.db.read().await?;
        Ok(KnownToImport {
            people: people::all(&mut conn).await?,
            customers: store::with_codes(&mut conn, codes).await?,
            alike: store::alike(&mut conn, names).await?,
            merged,
        })
    }

    /// Keeps the file and what its check said; nothing else changes.
    pub async fn keep_import(
        &self,
        by: &By<'_>,
        file_name: &str,
        content: &[u8],
        counts: ImportCounts,
    ) -> Result<Done, Failure> {
        policy::may(by.actor, Act::ImportCustomers, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let now = self.clock.now();
        let file_sha256 = self.write_content(content).await?;
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let run = ImportRun {
            id: ImportRunId(self.ids.next()),
            kind: SheetKind::Customers,
            subject: None,
            file_name: super::files::tame(file_name),
            file_sha256,
            byte_count: i64::try_from(content.len()).unwrap_or(i64::MAX),
            uploaded_by: by.actor.id,
            uploader: String::new(),
            uploader_en: String::new(),
            uploader_manager: None,
            uploaded_at: now,
            counts,
            applied_at: None,
            result: None,
        };
        import_runs::add(&mut tx, &run).await?;
        finish(tx, by, format!("/customers/import/{}", run.id)).await
    }

    /// A run of one's own or of one's team.
    pub async fn import_run(&self, actor: &Actor, id: ImportRunId) -> Result<ImportRun, Failure> {
        let mut conn = self.db.read().await?;
        let run = import_runs::find(&mut conn, id).await?.ok_or(Failure::NotFound)?;
        if sees(actor, &run) { Ok(run) } else { Err(Failure::NotFound) }
    }

    pub async fn import_runs(&self, actor: &Actor) -> Result<Vec<ImportRun>, Failure> {
        let mut conn = self.db.read().await?;
        let mut runs = import_runs::newest(&mut conn, RUNS).await?;
        runs.retain(|run| sees(actor, run));
        Ok(runs)
    }

    /// The file as it was sent.
    pub async fn import_content(&self, run: &ImportRun) -> Result<Vec<u8>, Failure> {
        tokio::fs::read(self.file_path(&run.file_sha256))
            .await
            .map_err(|e| StoreError::Busy(format!("the file could not be read: {e}")).into())
    }

    /// Imports every row or none; `Stale` when something is no longer as the rows say.
    pub async fn import_customers(&self, by: &By<'_>, run: ImportRunId, rows: &[ImportRow]) -> Result<Done, Failure> {
        let now = self.clock.now();
        let mut tx = Tx::begin(&self.db, Some(by.actor.id)).await?;
        if let FormState::Before(then) = take_key(&mut tx, by, now).await? {
            return Ok(Done::Before { then });
        }
        let stale = || Failure::Stale { changes: Vec::new(), version: 0 };
        let known = import_runs::find(tx.conn(), run).await?.filter(|r| sees(by.actor, r)).ok_or(Failure::NotFound)?;
        if import_runs::lock(&mut tx, run).await? != Some(None) {
            return Err(stale());
        }
        let ids: Vec<CustomerId> = rows.iter().filter_map(|r| r.known.map(|(id, _)| id)).collect();
        let (deals, versions) = store::lock(&mut tx, &ids).await?;
        let versions: BTreeMap<CustomerId, i64> = versions.into_iter().collect();
        if rows.iter().any(|r| r.known.is_some_and(|(id, version)| versions.get(&id) != Some(&version))) {
            return Err(stale());
        }
        let codes: Vec<String> =
            rows.iter().filter_map(|r| r.archive.profile.uscc.as_ref().map(|c| c.as_str().to_owned())).collect();
        let customers: BTreeMap<CustomerId, Customer> =
            store::with_codes(tx.conn(), &codes).await?.into_iter().map(|c| (c.id, c)).collect();
        let shown: BTreeSet<CustomerId> = ids.iter().copied().collect();
        if customers.keys().any(|id| !shown.contains(id))
            || !archive::codes_of_merged(tx.conn(), &codes).await?.is_empty()
        {
            return Err(stale());
        }
        self.may_import(&mut tx, by, rows, &customers).await?;
        let events = self.import_events(&mut tx, by, run, rows, &customers, &known.file_name, now).await?;
        let imported: Vec<Imported<'_>> = events.iter().filter_map(|(id, event)| imported(*id, event)).collect();
        store::store(&mut tx, &imported, now).await?;
        let mut reopened = BTreeSet::new();
        let undoes = |event: &Event| matches!(event, Event::ArchiveReopened { .. } | Event::VerificationLapsed { .. });
        for (id, event) in events.iter().filter(|(_, event)| undoes(event)) {
            if let Some(customer) = customers.get(id) {
                let ids = || self.ids.next();
                let calendar_version = self.calendar.version();
                let how = crate::store::Recorded { actor: by.actor.id, now, ids: &ids, calendar_version };
                crate::store::apply(&mut tx, &case_of(customer.clone()), event, &how).await?;
                reopened.insert(*id);
            }
        }
        events::append_to_customers(&mut tx, &events, Some(by.actor.id), now, by.request).await?;
        let touched: BTreeSet<CustomerId> = events.iter().map(|(id, _)| *id).collect();
        for (deal, _) in deals.iter().filter(|(_, customer)| touched.contains(customer)) {
            self.settle(&mut tx, *deal, by.actor.id, by.request, now).await?;
        }
        for id in &reopened {
            if let Some(before) = customers.get(id) {
                tell::about_customer(self, &mut tx, &case_of(before.clone()), by.actor.id, now).await?;
            }
        }
        let counts = count(rows);
        let told = Event::CustomersImported {
            run,
            file_name: known.file_name,
            added: counts.added.unsigned_abs(),
            updated: counts.updated.unsigned_abs(),
            unchanged: counts.unchanged.unsigned_abs(),
        };
        import_runs::lock_company(&mut tx).await?;
        events::append(&mut tx, Stream::Company(uuid::Uuid::nil()), &told, Some(by.actor.id), now, by.request).await?;
        let result = result(rows, &events, &customers);
        import_runs::set_applied(&mut tx, run, by.actor.id, counts, &result, now).await?;
        finish(tx, by, format!("/customers/import/{run}")).await
    }

    /// The same refusals as in the dry run, on the people and archives of this moment.
    async fn may_import(
        &self,
        tx: &mut Tx,
        by: &By<'_>,
        rows: &[ImportRow],
        customers: &BTreeMap<CustomerId, Customer>,
    ) -> Result<(), Failure> {
        policy::may(by.actor, Act::ImportCustomers, by.actor.id, by.actor.manager).map_err(Failure::Denied)?;
        let people: BTreeMap<PersonId, Person> = people::all(tx.conn()).await?.into_iter().map(|p| (p.id, p)).collect();
        for row in rows {
            let known = row.known.and_then(|(id, _)| customers.get(&id));
            let owner = people.get(&row.archive.owner).filter(|p| p.is_active || known.is_some());
            let refused =
                owner.is_none_or(|p| customer_import::refusal(by.actor, &row.archive, &p.actor(), known).is_some());
            if refused || row.known.is_some() != known.is_some() {
                return Err(Failure::Stale { changes: Vec::new(), version: 0 });
            }
        }
        Ok(())
    }

    /// One event for each archive, and a second where a key field of an archived one changed.
    async fn import_events(
        &self,
        tx: &mut Tx,
        by: &By<'_>,
        run: ImportRunId,
        rows: &[ImportRow],
        customers: &BTreeMap<CustomerId, Customer>,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<(CustomerId, Event)>, Failure> {
        let added = rows.iter().filter(|r| r.outcome == ImportOutcome::Added).count();
        let mut numbers = numbers::next_customers(tx, added, local_date(now)).await?.into_iter();
        let mut all = Vec::with_capacity(rows.len());
        for row in rows.iter().filter(|r| r.outcome != ImportOutcome::Unchanged) {
            let known = row.known.and_then(|(id, _)| customers.get(&id));
            let id = known.map_or_else(|| CustomerId(self.ids.next()), |c| c.id);
            let no = known.map(|c| c.no.clone()).or_else(|| numbers.next()).unwrap_or_default();
            let archive = &row.archive;
            all.push((
                id,
                Event::CustomerImported {
                    run,
                    no,
                    owner: archive.owner,
                    grade: archive.grade,
                    opening_order_count: archive.opening_order_count,
                    opening_total: archive.opening_total,
                    profile: Box::new(archive.profile.clone()),
                },
            ));
            if let Some(customer) = known {
                let case = case_of(customer.clone());
                let ids = || self.ids.next();
                let supply = Supply {
                    now,
                    actor: by.actor,
                    ids: &ids,
                    number: None,
                    second_number: None,
                    calendar: &self.calendar,
                    company: &[],
                };
                let profile = Box::new(archive.profile.clone());
                let command = Command::SaveCustomerBecause { profile, reason: reason.to_owned() };
                let events = workflow::decide(&case, &command, &supply)
                    .map_err(|blockers| Failure::Blocked { blockers, case: Box::new(case.clone()) })?;
                all.extend(
                    events.into_iter().filter(|e| !matches!(e, Event::CustomerSaved { .. })).map(|event| (id, event)),
                );
            }
        }
        Ok(all)
    }
}

fn sees(actor: &Actor, run: &ImportRun) -> bool {
    run.kind == SheetKind::Customers
        && policy::may(actor, Act::ImportCustomers, run.uploaded_by, run.uploader_manager).is_ok()
}

fn case_of(customer: Customer) -> Case {
    Case {
        customer,
        deal: None,
        requirement: None,
        quote: None,
        round: None,
        post_reviews: Vec::new(),
        change: None,
        feedback: None,
        lessons: Vec::new(),
        alternatives: crate::domain::alternative::Alternatives::default(),
        order: None,
        route_facts: RouteFacts::default(),
        rules: RuleBook::default(),
        available: Vec::new(),
        shelves: Vec::new(),
        named: Vec::new(),
    }
}

fn imported(id: CustomerId, event: &Event) -> Option<Imported<'_>> {
    match event {
        Event::CustomerImported { no, owner, grade, opening_order_count, opening_total, profile, .. } => {
            Some(Imported {
                id,
                no,
                owner: *owner,
                grade: *grade,
                opening_order_count: *opening_order_count,
                opening_total: *opening_total,
                profile,
            })
        }
        _ => None,
    }
}

fn count(rows: &[ImportRow]) -> ImportCounts {
    let of = |outcome| i32::try_from(rows.iter().filter(|r| r.outcome == outcome).count()).unwrap_or(i32::MAX);
    ImportCounts {
        added: of(ImportOutcome::Added),
        updated: of(ImportOutcome::Updated),
        unchanged: of(ImportOutcome::Unchanged),
        failing: 0,
    }
}

/// What became of each row: its number in the sheet, the archive, the outcome.
fn result(
    rows: &[ImportRow],
    events: &[(CustomerId, Event)],
    customers: &BTreeMap<CustomerId, Customer>,
) -> serde_json::Value {
    let mut written = events.iter().filter_map(|(_, event)| match event {
        Event::CustomerImported { no, .. } => Some(no.as_str()),
        _ => None,
    });
    rows.iter()
        .map(|row| {
            let no = match row.outcome {
                ImportOutcome::Unchanged => {
                    row.known.and_then(|(id, _)| customers.get(&id)).map_or("", |c| c.no.as_str())
                }
                ImportOutcome::Added | ImportOutcome::Updated => written.next().unwrap_or_default(),
            };
            json!({ "row": row.number, "no": no, "name": row.archive.profile.legal_name, "outcome": row.outcome })
        })
        .collect()
}
