#!/usr/bin/env bash
# Makes the Debian package of the built server, with its manual and completions; nothing is compiled.
# The last line is the path of the package.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

program=$target/release/twofold
[[ -x $program ]] || fail "there is no $program" "make build"

made=$target/release/package
rm -rf "$made"
mkdir -p "$made"
"$program" man --into "$made/man"
"$program" completions bash >"$made/twofold.bash"
"$program" completions zsh >"$made/_twofold"
"$program" completions fish >"$made/twofold.fish"

# The program is stripped already.
cargo deb --quiet --fast --no-build --no-strip --package twofold-backend --output "$made/" >"$made/log" 2>&1 ||
    fail "cargo deb did not make the package" "$(<"$made/log")"
printf '%s\n' "$made"/twofold_*.deb
