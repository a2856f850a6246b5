#!/usr/bin/env bash
# Builds both apps into dist/ (the one for everybody, and the dashboard) and the server with them inside it:
# target/release/twofold.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Written last, so it is there only if the apps were built whole and are not too heavy. Not in dist/, all of which the
# server serves.
stamp=$target/app.built

# Trunk builds everything anew each time (a release build takes minutes), so it is asked only if something that the apps
# are made of changed; a file that was taken away shows in its folder's time. What `trunk serve` leaves in dist/ is newer
# than the stamp, too.
apps_are_current() {
    [[ -f $stamp && -f dist/index.html && -f dist/dashboard.html ]] &&
        [[ -z $(find frontend shared Cargo.toml Cargo.lock index.html Trunk.toml dist \
            scripts/build.sh scripts/shrink.mjs scripts/precompress.mjs -newer "$stamp" -print -quit) ]]
}

# Trunk builds one page with one app: the dashboard's is index.html with another one.
build_dashboard() {
    local page=dashboard.html
    # shellcheck disable=SC2064 # the page of now
    trap "rm -f $page" EXIT
    sed 's/data-bin="app"/data-bin="dashboard"/' index.html >"$page"
    env -u NO_COLOR trunk build --release --locked --dist "$target/dashboard" --html-output "$page" "$page"
    rm "$page"
    # What both share is in dist/ under the same names.
    cp "$target"/dashboard/dashboard* dist/
}

if apps_are_current; then
    step "The apps in dist/ are up to date"
else
    step "Building the apps (about 3 minutes on two cores when nothing is built yet)"
    rm -f "$stamp"
    # Both at once; Trunk finds them built.
    cargo build --locked --target wasm32-unknown-unknown --profile wasm-release -p twofold-frontend --bins
    # Some environments say NO_COLOR=1, of which trunk understands only true and false.
    env -u NO_COLOR trunk build --release --locked
    build_dashboard
    step "Shrinking the apps (a minute)"
    node scripts/shrink.mjs dist
    step "Compressing the apps"
    node scripts/precompress.mjs dist
    mkdir -p "$target"
    touch "$stamp"
fi

step "Building the server (some minutes on two cores when nothing is built yet)"
cargo build --release --locked -p twofold-backend
note "Built: $target/release/twofold"
