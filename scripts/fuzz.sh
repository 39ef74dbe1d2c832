#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR/..
# Fuzzes each parser for so many seconds: scripts/fuzz.sh [SECONDS]. Without a nightly compiler and cargo-fuzz it says
# so and does nothing; the same properties are tried by proptest in every run of the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/common.sh

SECONDS_EACH=${1:-30}
[[ $SECONDS_EACH =~ ^[1-9][0-9]*$ ]] || die "'$SECONDS_EACH' is no number of seconds; usage: $0 [SECONDS]"
need_cargo
if ! rustc +nightly --version >/dev/null 2>&1; then
    say "there is no nightly compiler: nothing is fuzzed (rustup toolchain install nightly)"
    exit 0
fi
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    say "cargo-fuzz is not installed: nothing is fuzzed (cargo install cargo-fuzz)"
    exit 0
fi

# New inputs go to a place of their own: the corpus beside the targets is what is kept by hand.
FOUND=$(mktemp -d "${TMPDIR:-/tmp}/confab-fuzz.XXXXXX")
trap 'rm -rf -- "$FOUND"' EXIT
for target in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$target" .rs)
    say "$target, $SECONDS_EACH s"
    mkdir "$FOUND/$target"
    cargo +nightly fuzz run -O "$target" "$FOUND/$target" "fuzz/corpus/$target" -- \
        -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -verbosity=0 -print_final_stats=1
done
say "no parser gave way"
