#!/usr/bin/env bash
# Prints what Lighthouse says of our pages on a phone: scripts/lighthouse.sh [RUNS]. No number here fails anything; what
# does not depend on the machine's speed is a test (e2e/tests/browser/lighthouse.spec.js).

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/tools.sh browser
program=${SERVER_PROGRAM:-$target/release/twofold}
[[ -x $program ]] || fail "there is no $program" "make build"

runs=${1:-3}
CHROMIUM=$(chromium_program)
export CHROMIUM
export SERVER_PROGRAM=$program
step "Running Lighthouse on four pages, $runs times each (ten seconds a run)"
exec node e2e/measure/lighthouse.js "$runs"
