#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR/..
# Runs Confab as a process, does it harm while clients talk at every door, and checks what they saw (chaos/).
#
#   scripts/chaos.sh [--embedded-only] [OPTIONS OF chaos]            30 s on SQLite, then 30 s on PostgreSQL
#   scripts/chaos.sh --planted [BUG] [OPTIONS OF chaos]              plants bugs that must be found: BUG, or all of them
#
# `--seconds 600 --rounds 10 --seed 7` makes it longer and repeatable; `--history FILE` keeps what clients saw of a round
# with findings. PostgreSQL is had as scripts/test.sh has it; only a private server is killed and frozen as well.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/common.sh
. scripts/lib/postgres.sh

usage() { sed -n '3,/^set /s/^# \{0,1\}//p' "scripts/${0##*/}"; }

EMBEDDED_ONLY=
PLANTED=
while [ $# -gt 0 ]; do
    case $1 in
        --embedded-only) EMBEDDED_ONLY=yes ;;
        --planted)
            PLANTED=all
            if [ $# -gt 1 ] && [ "${2#-}" = "$2" ]; then
                PLANTED=$2
                shift
            fi
            ;;
        -h | --help) usage && exit 0 ;;
        *) break ;;
    esac
    shift
done

need_cargo
need_c_compiler
FEATURES=()
# The bugs are never in a build that anything else uses.
[ -z "$PLANTED" ] || FEATURES=(--features planted-bugs)
# CHAOS names the program where it is built already.
CHAOS=${CHAOS:-$(cargo build -p chaos "${FEATURES[@]}" --message-format=json-render-diagnostics |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)}
[ -x "$CHAOS" ] || die "chaos could not be built"

if [ -n "$PLANTED" ]; then
    exec "$CHAOS" --planted "$PLANTED" "$@"
fi

STATUS=0
say "chaos on SQLite"
"$CHAOS" --database sqlite "$@" || STATUS=$?
if [ -z "$EMBEDDED_ONLY" ]; then
    trap postgres_down EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    postgres_up || die "no PostgreSQL; --embedded-only leaves it out"
    if [ -n "$PG_DIR" ]; then
        export CHAOS_PG_DATA=$PG_DIR/data CHAOS_PG_CTL="$PG_BIN/pg_ctl"
        [ -z "$PG_USER" ] || CHAOS_PG_CTL="runuser -u $PG_USER -- $CHAOS_PG_CTL"
    fi
    say "chaos on PostgreSQL"
    "$CHAOS" --database postgres "$@" || STATUS=$?
fi
exit "$STATUS"
