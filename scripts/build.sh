#!/usr/bin/env bash
# Builds the app into dist/ and the server with the app inside it: target/release/twofold.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Written last, so it is there only if the app was built whole and is not too heavy. Not in dist/, all of which the
# server serves.
stamp=$target/app.built

# Trunk builds everything anew each time (a release build takes minutes), so it is asked only if something that the app
# is made of changed; a file that was taken away shows in its folder's time. What `trunk serve` leaves in dist/ is newer
# than the stamp, too.
app_is_current() {
    [[ -f $stamp && -f dist/index.html ]] &&
        [[ -z $(find frontend shared Cargo.toml Cargo.lock index.html Trunk.toml dist \
            scripts/build.sh scripts/shrink.mjs scripts/precompress.mjs -newer "$stamp" -print -quit) ]]
}

if app_is_current; then
    step "The app in dist/ is up to date"
else
    step "Building the app (about 2 minutes on two cores when nothing is built yet)"
    rm -f "$stamp"
    # Some environments say NO_COLOR=1, of which trunk understands only true and false.
    env -u NO_COLOR trunk build --release --locked
    step "Shrinking the app (half a minute)"
    node scripts/shrink.mjs dist
    step "Compressing the app"
    node scripts/precompress.mjs dist
    mkdir -p "$target"
    touch "$stamp"
fi

step "Building the server (some minutes on two cores when nothing is built yet)"
cargo build --release --locked -p twofold-backend
note "Built: $target/release/twofold"
