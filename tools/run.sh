#!/usr/bin/env bash
# Builds the optimised program and starts it with the demonstration company.
# Arguments go to the program: tools/run.sh --company-only
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

needs=(build)
# A server of one's own makes the machine's PostgreSQL unnecessary.
[[ -n "${DATABASE_URL:-}" ]] || needs+=(postgresql)
tools/install.sh "${needs[@]}"

cargo build --release --locked
exec "${CARGO_TARGET_DIR:-target}/release/kuaidan" demo "$@"
