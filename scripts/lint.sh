#!/usr/bin/env bash
# Formatting, clippy on both targets, licences and advisories of the dependencies, and the scripts. Says all that is
# wrong, not only the first thing.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/tools.sh lint

wrong=()
check() {
    local name=$1
    shift
    step "$name"
    "$@" || wrong+=("$name")
}

# The app has to be built for the server to embed it; for clippy an empty one will do.
check "Formatting" cargo fmt --all --check
check "Formatting of the fuzz targets" cargo fmt --manifest-path fuzz/Cargo.toml --check
check "Clippy on the server, on what both sides share, on the words, and on the measurements" \
    cargo clippy --locked --all-targets -p twofold-shared -p twofold-backend -p twofold-words -p twofold-bench -- -D warnings
check "Clippy on the server with all that it can be built with" \
    cargo clippy --locked --all-targets --all-features -p twofold-backend -- -D warnings
check "Clippy on the app" \
    cargo clippy --locked --target wasm32-unknown-unknown -p twofold-frontend -- -D warnings
check "Clippy on the fuzz targets" \
    cargo clippy --locked --manifest-path fuzz/Cargo.toml --target-dir "$target" -- -D warnings
check "Licences, bans and sources of the dependencies" \
    cargo deny --config .deny.toml check --allow license-exception-not-encountered licenses bans sources
check "Licences, bans and sources of the fuzz targets' dependencies" \
    cargo deny --manifest-path fuzz/Cargo.toml --config .deny.toml check licenses bans sources
check "The scripts" shellcheck --external-sources scripts/*.sh

# The advisories live in a repository that may be out of reach, which says nothing about the dependencies.
step "Advisories"
if timeout 60 cargo deny fetch db >/dev/null 2>&1; then
    check "Advisories" cargo deny --config .deny.toml check advisories --disable-fetch
    check "Advisories of the fuzz targets' dependencies" \
        cargo deny --manifest-path fuzz/Cargo.toml --config .deny.toml check advisories --disable-fetch
else
    note "skipped: the database of advisories cannot be fetched from here"
fi

if ((${#wrong[@]} > 0)); then
    fail "not clean:" "${wrong[@]}"
fi
step "All clean"
