#!/usr/bin/env bash
# Removes the data folder (private database and files), also a database that had to live elsewhere.
# Refuses while a program uses it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

data="${KUAIDAN_DATA_DIR:-var}"
postgres="$data/postgres"
if [[ ! -d "$data" ]]; then exit 0; fi

in_use() { echo "clean-data: $data is in use, stop the program first" >&2; exit 1; }
if [[ -d "$postgres" ]]; then
    exec 8>>"$postgres/lock"
    flock -n 8 || in_use
fi
far=
if [[ -f "$postgres/moved-to" ]]; then far="$(<"$postgres/moved-to")"; fi
# Only what the program made itself, and only when it was made for this folder.
if [[ "$far" == /var/lib/kuaidan/?* && "$far" != */..* && -f "$far/belongs-to" ]] \
    && [[ "$(<"$far/belongs-to")" == "$(realpath "$postgres")" ]]; then
    exec 9>>"$far/lock"
    flock -n 9 || in_use
    rm -rf -- "$far"
fi
rm -rf -- "$data"
echo "clean-data: removed $data${far:+ and $far}" >&2
