# shellcheck shell=bash
# What every script here shares: where things are, and how a script speaks. Sourced, never run.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# What is fetched for this project alone; everything else goes where its own installer puts it.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/twofold
# shellcheck disable=SC2034 # for the scripts that source this
target=${CARGO_TARGET_DIR:-$root/target}

# Made by scripts/tools.sh from e2e/description/requirements.txt.
# shellcheck disable=SC2034
schemathesis=$cache/schemathesis/bin/schemathesis
# The Python that has aiosmtpd, from the same file.
# shellcheck disable=SC2034
mail_server_python=$cache/schemathesis/bin/python

# "wasm-bindgen" in Cargo.toml is the one place that names the version of library and tool.
wasm_bindgen_version=$(sed -nE 's/^wasm-bindgen = "=([0-9.]+)"$/\1/p' Cargo.toml)

# The order is the order of preference: the npm packages of e2e/package-lock.json, the tools fetched for this
# project, what `cargo install` has put away, and only then what else is on the machine.
export PATH="$root/e2e/node_modules/.bin:$cache/wasm-bindgen-$wasm_bindgen_version/bin:$cache/node/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

# step TEXT: one line for each long step, so that nobody wonders what is going on.
step() {
    printf '==> %s\n' "$*"
}

note() {
    printf '    %s\n' "$*"
}

# fail WHAT [WHAT TO DO]...: ends the script.
fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    if (($# > 0)); then
        printf '       %s\n' "$@" >&2
    fi
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# chromium: prints the path of the browser for the tests, or nothing.
chromium_program() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [[ -n $name ]] && [[ -n $(type -P "$name") ]]; then
            type -P "$name"
            return
        fi
    done
}

# nginx_program: prints the path of nginx, or nothing. Debian keeps it off the PATH of users.
nginx_program() {
    local name
    for name in "${NGINX:-}" nginx /usr/sbin/nginx "$cache/nginx/nginx"; do
        if [[ -n $name ]] && [[ -n $(type -P "$name") ]]; then
            type -P "$name"
            return
        fi
    done
}

# pgbouncer_program: prints the path of pgbouncer, or nothing.
pgbouncer_program() {
    local name
    for name in "${PGBOUNCER:-}" pgbouncer /usr/sbin/pgbouncer "$cache/pgbouncer/pgbouncer"; do
        if [[ -n $name ]] && [[ -n $(type -P "$name") ]]; then
            type -P "$name"
            return
        fi
    done
}

# caddy_program: prints the path of Caddy, or nothing.
caddy_program() {
    local name
    for name in "${CADDY:-}" caddy "$cache/caddy/caddy"; do
        if [[ -n $name ]] && [[ -n $(type -P "$name") ]]; then
            type -P "$name"
            return
        fi
    done
}

# postgres_programs: prints the folder of initdb and postgres, or nothing. Debian keeps them off PATH.
postgres_programs() {
    local folder
    if have initdb && have postgres; then
        # Some have a link on PATH to these two alone.
        dirname "$(readlink -f "$(command -v initdb)")"
        return
    fi
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort --reverse); do
        if [[ -x $folder/initdb && -x $folder/postgres ]]; then
            printf '%s\n' "$folder"
            return
        fi
    done
}
