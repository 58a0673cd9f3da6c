#!/bin/sh
# Set-up script of nextest: starts one throw-away PostgreSQL for all tests of a run and names it in
# DAYBILL_TEST_PG. It watches the test runner and ends within a second of it, however the runner ends.
set -eu
runner=$PPID
address=$(mktemp)
rm "$address"

# Built first, so that compiler errors are seen here.
cargo build --quiet --package embedded --example throwaway
# In a session of its own: Ctrl-C is for the runner.
setsid cargo run --quiet --package embedded --example throwaway -- sh -c '
    printf %s "$DATABASE_URL" >"$1.part" && mv "$1.part" "$1"
    while kill -0 "$2" 2>/dev/null; do sleep 1; done
' keeper "$address" "$runner" >/dev/null 2>&1 </dev/null &
keeper=$!

while ! [ -e "$address" ]; do
    if ! kill -0 "$keeper" 2>/dev/null; then
        echo "no throw-away PostgreSQL could be started; see: cargo run -p embedded --example throwaway -- true" >&2
        exit 1
    fi
    sleep 0.05
done
echo "DAYBILL_TEST_PG=$(cat "$address")" >>"$NEXTEST_ENV"
rm "$address"
