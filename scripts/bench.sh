#!/usr/bin/env bash
# Measures the built server. What comes out is for people to read: no number here fails anything. Other work on the
# machine is measured, too.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

program=${SERVER_PROGRAM:-$target/release/twofold}
[[ -x $program ]] || fail "there is no $program" "make build"

step "Building the measurements"
cargo build --release --locked --quiet -p twofold-bench
step "Comparing answers for accounts that exist with those for accounts that do not (a minute)"
"$target/release/equal_times" "$program"
step "Signing in far more often than passwords can be checked (half a minute)"
"$target/release/hashing" "$program"
