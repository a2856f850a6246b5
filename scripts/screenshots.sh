#!/usr/bin/env bash
# Takes the README's pictures of the built server: two pages, and the way through the set-up as an animated one.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/tools.sh pictures
program=${SERVER_PROGRAM:-$target/release/twofold}
[[ -x $program ]] || fail "there is no $program" "make build"

CHROMIUM=$(chromium_program)
export CHROMIUM
export SERVER_PROGRAM=$program
taken=$root/e2e/artefacts/pictures
step "Taking the pictures"
rm -rf "$taken"
node e2e/pictures/take.js "$taken"

step "Joining the frames of the animated one (half a minute)"
mkdir -p docs/images
# Without loss: flat colours and letters are smaller so, and as sharp as in the browser.
mapfile -t frames <"$taken/frames"
img2webp -min_size -loop 0 -lossless -m 6 "${frames[@]}" -o "$taken/add-flow.webp" >/dev/null ||
    fail "img2webp could not join the frames in $taken"
for picture in add.png manage.png add-flow.webp; do
    cp "$taken/$picture" "docs/images/$picture"
    note "docs/images/$picture: $(stat --format=%s "docs/images/$picture") bytes"
done
