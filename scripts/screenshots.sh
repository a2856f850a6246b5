#!/usr/bin/env bash
# Takes the README's pictures from those that the journey left.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mkdir -p docs/images
for picture in add:05-add manage:13-manage-on; do
    source_file=e2e/artefacts/${picture#*:}.png
    [[ -f $source_file ]] || fail "there is no $source_file" "make screenshots makes it."
    cp "$source_file" "docs/images/${picture%%:*}.png"
    note "docs/images/${picture%%:*}.png"
done
