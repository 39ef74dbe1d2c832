#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR/..
# Runs every test, and sets up what they need: a C compiler, curl, jq, PostgreSQL, and the clients of npm and PyPI.
#
#   scripts/test.sh [--embedded-only] [-- ARGUMENTS OF cargo test]
#
#   --embedded-only   leaves PostgreSQL out: the tests run on SQLite alone
#
# PostgreSQL is the server named by TEST_DATABASE_URL (it must let databases be created); else one that runs here and
# asks for no password; else a private one on a free port in a temporary directory (with fsync off), installed first
# where need be and allowed; else a container. What was started is stopped at the end; nothing else is touched.
# The last line says how many tests and checks passed and failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/common.sh
. scripts/lib/postgres.sh
. scripts/lib/clients.sh

PASSED=0
FAILED=0
SERVER=   # the process of the server under test-api.sh
WORK_DIR= # what this run writes

usage() { sed -n '3,/^set /s/^# \{0,1\}//p' "scripts/${0##*/}"; }

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    stop_server || true
    postgres_down
    [ -z "$WORK_DIR" ] || rm -rf -- "$WORK_DIR"
}

count() {
    PASSED=$((PASSED + $1))
    FAILED=$((FAILED + $2))
}

# Something failed that no test counts.
failed() {
    say "FAILED: $*"
    FAILED=$((FAILED + 1))
}

summary() {
    [ -z "$EMBEDDED_ONLY" ] || say "PostgreSQL was left out (--embedded-only)"
    printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
    [ "$FAILED" -eq 0 ] || exit 1
    exit 0
}

run_cargo_tests() {
    local log=$WORK_DIR/cargo-test.log status=0 passed failed
    say "cargo test --workspace ${FEATURES[*]} $*"
    cargo test --workspace --no-fail-fast "${FEATURES[@]}" "$@" | tee "$log" || status=$?
    # "test result: ok. 12 passed; 0 failed; 1 ignored; ..."
    passed=$(awk '/^test result:/ { n += $4 } END { print n + 0 }' "$log")
    failed=$(awk '/^test result:/ { n += $6 } END { print n + 0 }' "$log")
    count "$passed" "$failed"
    # Code that does not compile, or a test that took its process down with it.
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed "cargo test ended with status $status"; fi
}

build_server() {
    # Together with the tests and their features, so that no dependency is compiled twice.
    BINARY=$(cargo build --workspace --bin confab --bin chaos --tests "${FEATURES[@]}" --message-format=json-render-diagnostics |
        jq -r 'select(.reason == "compiler-artifact" and .target.name == "confab" and .profile.test == false)
            | .executable // empty')
    [ -x "$BINARY" ]
}

# A minute of harm to a real server; on PostgreSQL to a private one, which may be killed as well.
run_chaos() {
    local options=() log=$WORK_DIR/chaos.log
    [ -z "$EMBEDDED_ONLY" ] || options=(--embedded-only)
    say "scripts/chaos.sh ${options[*]}"
    if CHAOS="$(dirname "$BINARY")/chaos" env -u TEST_DATABASE_URL scripts/chaos.sh "${options[@]}" | tee "$log"; then
        count 1 0
    else
        failed "chaos found something; see above"
    fi
}

# check_api NAME [DATABASE_URL]: starts the server with an empty data directory and walks through its API.
check_api() {
    local name=$1 url=${2:-} log=$WORK_DIR/api-$1.log status=0
    say "scripts/test-api.sh, the server on $name"
    if ! start_server "$name" "$url"; then
        failed "the server did not start on $name; its last words:"
        tail -n 20 "$WORK_DIR/server-$name.log" >&2
        stop_server || true
        return
    fi
    BASE_URL="http://127.0.0.1:$PORT" scripts/test-api.sh | tee "$log" || status=$?
    local passed failed
    read -r passed failed < <(awk '/^[0-9]+ passed, [0-9]+ failed$/ { p = $1; f = $3 } END { print p + 0, f + 0 }' "$log")
    count "$passed" "$failed"
    if [ "$status" -ne 0 ]; then
        [ "$failed" -gt 0 ] || failed "test-api.sh on $name ended with status $status"
        say "the server's last words:"
        tail -n 20 "$WORK_DIR/server-$name.log" >&2
    fi
    check_clients "$name"
    stop_server || failed "the server on $name did not end well after SIGTERM"
}

# check_clients NAME: the clients that people use, against the server that runs on it.
check_clients() {
    local name=$1 kind passed failed events=$WORK_DIR/events-$1.jsonl
    for kind in node python; do
        say "tests/clients/$kind, the server on $name"
        read -r passed failed < <(BASE_URL="http://127.0.0.1:$PORT" EVENTS_FILE=$events "run_${kind}_clients" "$WORK_DIR/$kind-$name.log" |
            awk '{ print $1, $3 }')
        say "$passed passed, $failed failed"
        count "$passed" "$failed"
        [ "$failed" -eq 0 ] || grep -v '^ok' "$WORK_DIR/$kind-$name.log" >&2
    done
    # What the clients saw is held against the AsyncAPI document of the server.
    if BASE_URL="http://127.0.0.1:$PORT" "$(dirname "$BINARY")/check-events" "$events" >&2; then
        count 1 0
    else
        failed "what clients saw on $name is not as documented"
    fi
}

check_api_on_postgres() {
    local database
    database="confab_api_$(random_hex 4)"
    if ! postgres_sql "create database $database"; then
        failed "no database could be created for test-api.sh"
        return
    fi
    check_api postgres "$(postgres_url_of "$database")"
    postgres_sql "drop database $database" || say "the database $database could not be dropped"
}

# The server sees none of the caller's settings, and no .env: it starts in a directory of its own.
start_server() {
    local name=$1 url=$2 data=$WORK_DIR/data-$1
    local settings=("PATH=$PATH" "HOME=${HOME:-/}" HOST=127.0.0.1 "DATA_DIR=$data" RATE_LIMITS=off)
    [ -z "$url" ] || settings+=("DATABASE_URL=$url")
    mkdir -p "$data"
    PORT=$(free_port)
    (cd "$data" && exec env -i "${settings[@]}" "PORT=$PORT" "$BINARY" serve) >"$WORK_DIR/server-$name.log" 2>&1 &
    SERVER=$!
    for _ in $(seq 300); do
        kill -0 "$SERVER" 2>/dev/null || return 1
        if curl -fsS --max-time 2 -o /dev/null "http://127.0.0.1:$PORT/health/ready" 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    return 1
}

stop_server() {
    local status=0
    [ -n "$SERVER" ] || return 0
    kill -TERM "$SERVER" 2>/dev/null || true
    for _ in $(seq 400); do
        kill -0 "$SERVER" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$SERVER" 2>/dev/null && status=1
    wait "$SERVER" || status=$?
    SERVER=
    return "$status"
}

EMBEDDED_ONLY=
while [ $# -gt 0 ]; do
    case $1 in
        --embedded-only) EMBEDDED_ONLY=yes ;;
        --) shift && break ;;
        -h | --help) usage && exit 0 ;;
        *) die "unknown option '$1'; see $0 --help" ;;
    esac
    shift
done

need_cargo
need_c_compiler
need_curl_and_jq
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
WORK_DIR=$(mktemp -d "${TMPDIR:-/tmp}/confab-test.XXXXXX")
FEATURES=()
if [ -z "$EMBEDDED_ONLY" ]; then
    if ! postgres_up; then
        failed "the tests need PostgreSQL; --embedded-only leaves out what does"
        summary
    fi
    FEATURES=(--features tests/postgres)
fi

need_node_clients
need_python_clients "$WORK_DIR/python"
run_cargo_tests "$@"
if build_server; then
    check_api sqlite
    if [ -z "$EMBEDDED_ONLY" ]; then
        check_api_on_postgres
    fi
    run_chaos
else
    failed "the server could not be built"
fi

summary
