#!/usr/bin/env bash
# The whole gate, or one part of it:
#
#   tools/test.sh            everything
#   tools/test.sh rust       format, lints, unit and integration tests, documentation
#   tools/test.sh browser    the journeys in Chromium
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
part="${1:-all}"

# The tests bring their own servers and settings; a person's own must not reach them.
unset DATABASE_URL PG_BIN
for name in $(compgen -e KUAIDAN_ || true); do unset "$name"; done

step() {
    local begin=$SECONDS
    printf '\n== %s\n' "$*"
    "$@"
    printf '== %d s\n' "$((SECONDS - begin))"
}

rust() {
    tools/install.sh build postgresql documents
    step cargo fmt --check
    step cargo clippy --all-targets --locked -- -D warnings
    step cargo test --locked
    step env RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked
}

browser() {
    tools/install.sh build postgresql browser documents
    # The unoptimised program as the tests above have built it; `cargo build` alone would compile
    # many crates a second time, for it knows nothing of what the tests' crates need of them.
    step cargo test --locked --no-run
    local binary
    binary="$(realpath "${CARGO_TARGET_DIR:-target}/debug/kuaidan")"
    cd tests/browser
    # npm writes the inner file last, so it tells what was installed completely.
    if [[ ! node_modules/.package-lock.json -nt package-lock.json ]]; then
        step env PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
    fi
    step env KUAIDAN_BIN="$binary" npm test
    cd ../..
}

case "$part" in
    all) rust; browser ;;
    rust | browser) "$part" ;;
    *) printf 'test: unknown part: %s\n' "$part" >&2; exit 2 ;;
esac
printf '\nAll passed (%s, %d s)\n' "$part" "$SECONDS"
