#!/usr/bin/env bash
# Installs what is missing of the named needs, by Debian packages:
#
#   tools/install.sh build postgresql browser documents
#
# Asks apt for nothing when all is there. Needs root or sudo only when something is missing.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
die() { say "install: $*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

has_postgresql() {
    local folder
    for folder in "${PG_BIN:-}" /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)"; do
        [[ -n "$folder" && -x "$folder/initdb" && -x "$folder/postgres" ]] && return 0
    done
    return 1
}
has_chinese_font() { have fc-list && [[ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]]; }
has_node() {
    local version
    have node && have npm || return 1
    version="$(node --version)"
    version="${version#v}"
    (( ${version%%.*} >= 18 ))
}

missing=()
for need in "$@"; do
    case "$need" in
        build)
            have cargo || die "Rust is missing: install version 1.95 or newer with rustup"
            have cc || missing+=(gcc libc6-dev)
            ;;
        postgresql)
            has_postgresql || missing+=(postgresql)
            have psql || missing+=(postgresql-client)
            ;;
        browser)
            have chromium || missing+=(chromium)
            has_chinese_font || missing+=(fonts-noto-cjk fontconfig)
            has_node || missing+=(nodejs npm)
            ;;
        documents)
            have pdftotext || missing+=(poppler-utils)
            ;;
        *) die "unknown need: $need" ;;
    esac
done

if (( ${#missing[@]} == 0 )); then exit 0; fi

as_root=()
if [[ "$(id -u)" != 0 ]]; then
    have sudo || die "missing: ${missing[*]}. As root: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
have apt-get || die "missing: ${missing[*]} (Debian's names); install them and try again"

say "install: ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
"${apt[@]}" update >&2 || say "install: the package lists could not be refreshed, trying with the old ones"
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2 \
    || die "these Debian packages could not be installed: ${missing[*]}"
