#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR/..
# Proves which way the arrows point: api -> infrastructure -> application -> domain, and sockets beside them.
# Nothing is compiled; cargo only reads the manifests and the lock file.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/common.sh
need_cargo

BROKEN=0
# Not planted: that is nothing but the names of bugs, behind a feature that only the chaos program turns on.
OURS='domain|application|infrastructure|sockets|socketio|api|tests|bench|chaos'
DATABASES='diesel.*|tokio-postgres|postgres.*|libsqlite3-sys|rusqlite|sqlx.*|redis|fred|rskafka|rdkafka.*|scylla.*|deadpool.*'
WEB='actix-.*|axum.*|hyper.*|reqwest|tungstenite|tokio-tungstenite'

# The names of the crates that a crate uses, itself left out. DEPTH 1 gives those that its manifest names.
uses() {
    local crate=$1 edges=$2 depth=$3 tree
    local options=(--locked --package "$crate" --all-features --target all --edges "$edges" --depth "$depth" --prefix none --format '{p}')
    # Without the network first; it is needed only where the crates of other platforms were never fetched.
    tree=$(cargo tree --offline "${options[@]}" 2>/dev/null) || tree=$(cargo tree "${options[@]}") ||
        die "cargo tree failed for '$crate'"
    # An empty answer would look like a rule that is kept.
    grep -q "^$crate v" <<<"$tree" || die "cargo tree says nothing of '$crate'"
    awk -v self="$crate" '$1 != self { print $1 }' <<<"$tree" | sort -u
}

# forbid CRATE WHY PATTERN...: none of these may be reached from the crate, however indirectly, by what is shipped.
forbid() {
    local crate=$1 why=$2 found name
    shift 2
    found=$(uses "$crate" normal,build 99)
    found=$(grep -xE "$(join "$@")" <<<"$found" || true)
    for name in $found; do
        BROKEN=$((BROKEN + 1))
        say "broken: $crate must not depend on $name: $why"
        cargo tree --locked --package "$crate" --all-features --target all --edges normal,build --invert "$name" 2>/dev/null |
            head -n 8 | sed 's/^/    /' >&2 || true
    done
}

# forbid_named CRATE WHY PATTERN...: the crate's own manifest must not name these, not even for its tests.
forbid_named() {
    local crate=$1 why=$2 found name
    shift 2
    found=$(uses "$crate" all 1)
    found=$(grep -xE "$(join "$@")" <<<"$found" || true)
    for name in $found; do
        BROKEN=$((BROKEN + 1))
        say "broken: $crate must not name $name in its Cargo.toml: $why"
    done
}

join() {
    local IFS='|'
    echo "$*"
}

forbid domain "it is pure rules" \
    application infrastructure sockets socketio api tests bench \
    "$DATABASES" "$WEB" 'tokio.*' async-std serde serde_json jsonwebtoken argon2 aws-lc-rs 'utoipa.*' validator tracing
forbid application "use cases know ports, not technology" \
    infrastructure sockets socketio api tests bench \
    "$DATABASES" "$WEB" 'tokio.*' async-std serde serde_json jsonwebtoken argon2 aws-lc-rs 'utoipa.*' validator
forbid infrastructure "adapters do not know who calls them" \
    sockets socketio api tests bench 'actix-.*' 'utoipa.*' validator
forbid sockets "the transport knows nothing of chat" \
    domain application infrastructure api tests bench "$DATABASES" argon2 jsonwebtoken
forbid api "the application does not depend on its tests" tests bench

for crate in domain application sockets api; do
    forbid_named "$crate" "only infrastructure knows the databases, the hashing and the tokens" \
        "$DATABASES" argon2 jsonwebtoken aws-lc-rs
done
forbid_named domain "the domain stands alone" "$OURS"
forbid_named sockets "the transport stands alone" "$OURS"

[ "$BROKEN" -eq 0 ] || die "$BROKEN of the rules between the crates are broken"
echo "layers: api -> infrastructure -> application -> domain, sockets apart: kept"
