#!/usr/bin/env bash
# Prints what the built apps weigh, file by file, and for each the twenty largest items of its wasm, after the names of
# all of them. They are measured before scripts/shrink.mjs, which takes the names away.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

twiggy_version=0.8.0
# As Trunk leaves them.
named=$target/wasm-bindgen/release
apps=(app dashboard)

for app in "${apps[@]}"; do
    [[ -f dist/index.html && -f $named/${app}_bg.wasm ]] || fail "the apps are not built" "make build"
done

if ! have twiggy; then
    step "Installing twiggy $twiggy_version (2 minutes on two cores)"
    (cd / && env -u CARGO_TARGET_DIR cargo install --quiet --locked "twiggy@$twiggy_version") ||
        fail "cargo could not install twiggy $twiggy_version" "Is crates.io reachable? The lines above say more."
fi

node scripts/precompress.mjs dist
for app in "${apps[@]}"; do
    step "The largest items of $app"
    twiggy top -n 21 "$named/${app}_bg.wasm"
done
