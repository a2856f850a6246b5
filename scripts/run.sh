#!/usr/bin/env bash
# Builds what is not built, and serves the app and its API from one program.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/tools.sh build
scripts/build.sh
step "Serving at ${TWOFOLD_PUBLIC_URL:-http://localhost:8787} (Ctrl-C ends it; everything is kept in ${TWOFOLD_DATA_DIR:-./data})"
exec "$target/release/twofold" serve
