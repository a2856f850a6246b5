#!/usr/bin/env bash
# Runs Playwright on the built server: scripts/e2e.sh [OPTION OF playwright test]...

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[[ -x $target/release/twofold ]] || fail "there is no $target/release/twofold" "make build"

CHROMIUM=$(chromium_program)
export CHROMIUM
NGINX=$(nginx_program)
export NGINX
PGBOUNCER=$(pgbouncer_program)
export PGBOUNCER
CADDY=$(caddy_program)
export CADDY
POSTGRES_PROGRAMS=$(postgres_programs)
export POSTGRES_PROGRAMS
export MAIL_SERVER_PYTHON=$mail_server_python
export SERVER_PROGRAM=$target/release/twofold
cd e2e
exec playwright test "$@"
