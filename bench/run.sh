#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR/..
# Measures Confab and what it is compared with, each alone on this machine, and draws the results.
#
#   bench/run.sh [--quick] [--passes N] [--server NAME]... [--scenario NAME]... [--door NAME]... [--out FOLDER]
#
#   --quick      short passes, to see that everything runs; the figures say little
#   --server     only servers whose name contains NAME: confab-sqlite, confab-postgres, floor, node, socketioxide
#   --scenario   only scenarios whose name contains NAME: fanout, rooms, idle, rest, cold-start
#   --door       only this protocol: ws, socketio
#   --out        where results.jsonl, the table and the plots go; bench/report unless set
#
# Needs cargo and a C compiler, and for the comparison PostgreSQL, Node and npm, which are installed where need be and
# allowed. PostgreSQL is a private server with all its durability, in a temporary directory; it is stopped at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/common.sh
. scripts/lib/postgres.sh

OUT=bench/report
ARGUMENTS=()
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help)
        sed -n '3,/^set /s/^# \{0,1\}//p' bench/run.sh
        exit
        ;;
    --out)
        OUT=$2
        shift
        ;;
    *) ARGUMENTS+=("$1") ;;
    esac
    shift
done

# What is measured is how fast messages are kept, so they must be.
pg_settings() {
    echo 'shared_buffers = 256MB'
    echo 'max_wal_size = 4GB'
}

need_cargo
need_c_compiler
need_command node "nodejs npm" "nodejs npm" "nodejs npm" node
need_command npm npm npm npm node
(cd bench/servers/node && npm ci --silent --no-progress)
cargo build --release --locked --package api --package bench
TARGET=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
# The same target directory, so that what both are built of is compiled once.
cargo build --release --locked --manifest-path bench/servers/socketioxide/Cargo.toml --target-dir "$TARGET"
TARGET=$TARGET/release

# Ten thousand connections take as many files, here and at the server.
ulimit -n "$(ulimit -H -n)"
trap postgres_down EXIT
{ pg_start_private || { pg_install && pg_start_private; }; } || die "PostgreSQL could not be started"

mkdir -p "$OUT"
rm -f -- "$OUT/results.jsonl"
"$TARGET/bench" measure --confab "$TARGET/confab" --floor "$TARGET/floor" --node bench/servers/node \
    --socketioxide "$TARGET/rival-socketioxide" --postgres "$TEST_DATABASE_URL" --out "$OUT/results.jsonl" "${ARGUMENTS[@]}"
"$TARGET/bench" report --results "$OUT/results.jsonl" --out "$OUT"
say "the report is in $OUT"
