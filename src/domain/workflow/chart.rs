//! The table as a Mermaid chart for the documentation; a test keeps `docs/workflow.md` equal to it.

use super::case::State;
use super::table::{TABLE, To};
use crate::domain::deal::Step;
use std::fmt::Write as _;

fn name(state: State) -> String {
    format!("{:?}_{}", state.document(), state.code())
}

/// One chart: six boxes for the steps, an arrow for every move of a form.
pub fn mermaid() -> String {
    let mut out = String::from("stateDiagram-v2\n    direction LR\n");
    for step in Step::ALL {
        let _ = writeln!(out, "    state \"{} {}\" as {} {{", step.number(), step.code(), step.code());
        let mut seen: Vec<String> = Vec::new();
        for row in TABLE.iter().filter(|r| r.step == *step) {
            for from in row.from {
                let targets: Vec<State> = match row.to {
                    To::Same => vec![*from],
                    To::Next(to) => vec![to],
                    To::OneOf(all) => all.to_vec(),
                };
                for to in targets {
                    let line = format!("        {} --> {} : {}", name(*from), name(to), row.action.code());
                    if !seen.contains(&line) {
                        out.push_str(&line);
                        out.push('\n');
                        seen.push(line);
                    }
                }
            }
        }
        out.push_str("    }\n");
    }
    for pair in Step::ALL.windows(2) {
        let _ = writeln!(out, "    {} --> {} : gate {}", pair[0].code(), pair[1].code(), pair[0].number());
    }
    out
}
