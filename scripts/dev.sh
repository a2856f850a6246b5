#!/usr/bin/env bash
# For working on the code: the app at http://localhost:8080, built anew at every change of it (`trunk serve`), and the
# server behind it, built and started anew at every change of its own. Ctrl-C ends both.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/tools.sh build

export TWOFOLD_ALLOWED_ORIGINS=${TWOFOLD_ALLOWED_ORIGINS:-http://localhost:8080,http://127.0.0.1:8080}
program=$target/debug/twofold
stamp=$(mktemp)
server=
app=

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    trap - EXIT
    local process
    for process in $app $server; do
        kill -TERM "$process" 2>/dev/null || true
    done
    for process in $app $server; do
        wait "$process" 2>/dev/null || true
    done
    rm -f "$stamp"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

sources_changed() {
    [[ -n $(find backend shared Cargo.toml Cargo.lock -newer "$stamp" -print -quit) ]]
}

# A change that does not compile leaves the server as it was.
build_and_start() {
    touch "$stamp"
    step "Building the server"
    cargo build --locked -p twofold-backend || return 0
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    step "Starting the server"
    "$program" serve &
    server=$!
}

build_and_start
step "Building the app and serving it at http://localhost:8080"
env -u NO_COLOR trunk serve &
app=$!

# Looking at the times of some hundred files once a second costs nothing and works on every system.
while kill -0 "$app" 2>/dev/null; do
    sleep 1
    if sources_changed; then
        build_and_start
    fi
done
fail "trunk serve has ended; the lines above say why"
