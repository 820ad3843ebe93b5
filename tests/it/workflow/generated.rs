//! What the documentation shows of the table.

use crate::harness::snapshot;
use kuaidan::domain::workflow::chart;

#[test]
fn the_chart_in_the_documentation_is_the_table() {
    let page = format!(
        "# The workflow

A deal walks six steps, and every form on its way has states. The chart shows each move of a form
with the act that makes it; an arrow between two steps is a gate, which opens when the step before it
is done. Who may make a move is written in `src/domain/policy.rs`, what must be true before it in the
guards of `src/domain/workflow/table.rs`.

This page is written by a test from that table. After a change of the table run
`UPDATE_SNAPSHOTS=1 cargo test --test it workflow` and look at the difference.

```mermaid
{}```
",
        chart::mermaid()
    );
    snapshot::compare_file("docs/workflow.md", &page);
}
