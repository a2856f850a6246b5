#!/usr/bin/env bash
# Prints what the built app weighs, file by file, and the twenty largest items of its wasm, after the names of all of
# them. They are measured before scripts/shrink.mjs, which takes the names away.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

twiggy_version=0.8.0
# As Trunk leaves it.
named=$target/wasm-bindgen/release/twofold-frontend_bg.wasm

[[ -f dist/index.html && -f $named ]] || fail "the app is not built" "make build"

if ! have twiggy; then
    step "Installing twiggy $twiggy_version (2 minutes on two cores)"
    (cd / && env -u CARGO_TARGET_DIR cargo install --quiet --locked "twiggy@$twiggy_version") ||
        fail "cargo could not install twiggy $twiggy_version" "Is crates.io reachable? The lines above say more."
fi

node scripts/precompress.mjs dist
twiggy top -n 21 "$named"
