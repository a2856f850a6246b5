#!/usr/bin/env bash
# The wasm tests of the app (frontend/src/components/web.rs) in a headless Chromium, by wasm-bindgen's test runner.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner
export WASM_BINDGEN_USE_BROWSER=1
CHROMEDRIVER=${CHROMEDRIVER:-$(command -v chromedriver)}
export CHROMEDRIVER
# The runner finds the browser's own flags in frontend/webdriver.json.
exec cargo test --locked --target wasm32-unknown-unknown -p twofold-frontend --lib
