#!/usr/bin/env bash
# Measures our app beside the guide's pages made of React and clerk-js: scripts/compare.sh [RUNS]. No number here fails
# anything.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/tools.sh browser
program=${SERVER_PROGRAM:-$target/release/twofold}
[[ -x $program ]] || fail "there is no $program" "make build"

runs=${1:-7}
CHROMIUM=$(chromium_program)
export CHROMIUM
export SERVER_PROGRAM=$program
step "Building the guide's pages of React and clerk-js"
(cd e2e/measure/clerk && vite build --logLevel warn)
step "Measuring both apps, $runs times on each of two networks (ten seconds a time)"
exec node e2e/measure/compare.js "$runs"
