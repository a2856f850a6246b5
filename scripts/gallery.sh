#!/usr/bin/env bash
# Builds the app as it is while developing, with the gallery of its components, into target/gallery, photographs the gallery
# and lets axe look at it: scripts/gallery.sh [OPTION OF playwright test]...

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

step "Building the app with its gallery (a minute on two cores when nothing is built yet)"
env -u NO_COLOR trunk build --locked --dist target/gallery
exec scripts/e2e.sh --project=gallery "$@"
