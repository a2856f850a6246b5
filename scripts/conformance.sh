#!/usr/bin/env bash
# Runs Clerk's public client packages on the built server: scripts/conformance.sh [OPTION OF playwright test]...

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Written last, so it is there only if the app was built whole.
stamp=e2e/artefacts/conformance.built

app_is_current() {
    [[ -f $stamp && -f e2e/conformance/dist/index.html ]] &&
        [[ -z $(find e2e/conformance e2e/package-lock.json scripts/conformance.sh -newer "$stamp" -print -quit) ]]
}

if ! app_is_current; then
    step "Building an app of Clerk's packages"
    rm -f "$stamp"
    (cd e2e/conformance && vite build --logLevel warn)
    mkdir -p e2e/artefacts
    touch "$stamp"
fi

exec scripts/e2e.sh --project=conformance "$@"
