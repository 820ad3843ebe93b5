#!/usr/bin/env bash
# Developer database for the compile-time checked queries.
#
#   tools/dev-db.sh          start the server when it is down, make the database
#                            when it is missing, print DATABASE_URL
#   tools/dev-db.sh reset    the same, but make the database anew from migrations/*.sql
#   tools/dev-db.sh stop     stop the server
#
# Only the URL goes to standard output; everything else goes to standard error, so
#   export DATABASE_URL="$(tools/dev-db.sh)"
# works. The server trusts everybody on 127.0.0.1 and skips fsync: never for real data.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
home="${KUAIDAN_DEV_DB:-/tmp/kuaidan-dev-db}"
port="${KUAIDAN_DEV_DB_PORT:-54329}"
database=kuaidan_dev
url="postgres://kuaidan_owner@127.0.0.1:${port}/${database}"

say() { printf '%s\n' "$*" >&2; }
die() { say "dev-db: $*"; exit 1; }

find_bin() {
    local candidate newest=
    if [[ -n "${PG_BIN:-}" ]]; then printf '%s\n' "$PG_BIN"; return; fi
    for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do
        [[ -x "$candidate/initdb" && -x "$candidate/postgres" ]] && newest="$candidate"
    done
    if [[ -z "$newest" ]] && command -v pg_config >/dev/null; then newest="$(pg_config --bindir)"; fi
    [[ -n "$newest" && -x "$newest/initdb" ]] || die "PostgreSQL is missing: install the Debian package postgresql"
    printf '%s\n' "$newest"
}
bin="$(find_bin)"

# PostgreSQL refuses to run as root; then it runs as the system user postgres.
as_server() {
    if [[ "$(id -u)" == 0 ]]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
    else
        "$@"
    fi
}
sql() { "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" "$@"; }
up() { "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; }

if [[ "${1:-}" == stop ]]; then
    if up; then as_server "$bin/pg_ctl" -D "$home/data" -m fast -w stop >&2; fi
    exit 0
fi

if [[ -e "$home" ]]; then
    # Anybody can make a folder with this name under /tmp.
    owner="$(stat -c %U "$home")"
    [[ "$owner" == "$(id -un)" || ( "$(id -u)" == 0 && "$owner" == postgres ) ]] \
        || die "$home belongs to $owner; set KUAIDAN_DEV_DB to another folder"
fi
mkdir -p "$home"
exec 9>"$home/lock"
flock 9

if [[ ! -f "$home/data/PG_VERSION" ]]; then
    say "dev-db: making a cluster in $home"
    if [[ "$(id -u)" == 0 ]]; then chown postgres: "$home"; fi
    chmod 0711 "$home"
    rm -rf "$home/data.new"
    as_server "$bin/initdb" -D "$home/data.new" -U postgres -A trust -E UTF8 \
        --locale=C.UTF-8 --no-sync --no-instructions >/dev/null
    as_server mv "$home/data.new" "$home/data"
fi

if ! up; then
    as_server "$bin/pg_ctl" -D "$home/data" -l "$home/postgres.log" -w -t 60 \
        -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=" \
        -o "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" \
        start >&2 9>&- || die "the server did not start; see $home/postgres.log"
fi

for role in kuaidan_owner kuaidan_app; do
    if [[ -z "$(sql -U postgres -d postgres -At -c "SELECT 1 FROM pg_roles WHERE rolname = '$role'")" ]]; then
        sql -U postgres -d postgres -c "CREATE ROLE $role LOGIN"
    fi
done
# The owner may make databases here, so that tests can make their own.
sql -U postgres -d postgres -c 'ALTER ROLE kuaidan_owner CREATEDB'

present="$(sql -U postgres -d postgres -At -c "SELECT 1 FROM pg_database WHERE datname = '$database'")"
if [[ "${1:-}" == reset || -z "$present" ]]; then
    PGOPTIONS="-c client_min_messages=warning" sql -U postgres -d postgres -c "DROP DATABASE IF EXISTS $database WITH (FORCE)"
    sql -U postgres -d postgres -c "CREATE DATABASE $database OWNER kuaidan_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
    sql -U postgres -d "$database" \
        -c 'CREATE EXTENSION IF NOT EXISTS btree_gist' -c 'CREATE EXTENSION IF NOT EXISTS pg_trgm' \
        -c 'ALTER SCHEMA public OWNER TO kuaidan_owner'
    shopt -s nullglob
    for migration in "$here"/migrations/*.sql; do
        say "dev-db: $(basename "$migration")"
        sql -U kuaidan_owner -d "$database" -1 -f - <"$migration" 9>&- || die "$(basename "$migration") failed"
    done
fi

printf '%s\n' "$url"
