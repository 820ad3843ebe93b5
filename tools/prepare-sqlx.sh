#!/usr/bin/env bash
# Describes every checked query anew (.sqlx), against a server that lives as long as this script.
#
#   tools/prepare-sqlx.sh            write .sqlx
#   tools/prepare-sqlx.sh --check    only say whether .sqlx is up to date
#
# A failure leaves .sqlx as it was.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools/install.sh build postgresql

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s\n' "$port"; return; }
    done
}

fresh="$PWD/.sqlx.new"
KUAIDAN_DEV_DB="$(mktemp -d /tmp/kuaidan-sqlx.XXXXXX)"
KUAIDAN_DEV_DB_PORT="$(free_port)"
export KUAIDAN_DEV_DB KUAIDAN_DEV_DB_PORT
clear_up() {
    tools/dev-db.sh stop || true
    rm -rf "$KUAIDAN_DEV_DB" "$fresh"
}
trap clear_up EXIT
trap 'exit 130' INT TERM

url="$(tools/dev-db.sh reset)"
rm -rf "$fresh"
mkdir "$fresh"
# The compiler looks at the queries again only in files that changed.
touch src/lib.rs
DATABASE_URL="$url" SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$fresh" cargo check --all-targets --locked

if [[ "${1:-}" == --check ]]; then
    diff -rq .sqlx "$fresh" || { echo 'prepare-sqlx: .sqlx is out of date, run make sqlx' >&2; exit 1; }
    echo 'prepare-sqlx: .sqlx is up to date' >&2
else
    rm -rf .sqlx
    mv "$fresh" .sqlx
    echo "prepare-sqlx: $(find .sqlx -name '*.json' | wc -l) queries" >&2
fi
