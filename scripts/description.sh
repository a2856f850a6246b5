#!/usr/bin/env bash
# Holds the description of the API against the built server: scripts/description.sh [OPTION OF schemathesis run]...

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

program=${SERVER_PROGRAM:-$target/release/twofold}
[[ -x $program ]] || fail "there is no $program" "make build"
program=$(realpath "$program")
[[ -x $schemathesis ]] || fail "there is no $schemathesis" "scripts/tools.sh test installs it."

export ADMINISTRATOR=administrator@example.com
artefacts=$root/e2e/artefacts
folder=$(mktemp -d)
server=
mail_server=

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    trap - EXIT
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    if [[ -n $mail_server ]]; then
        kill -TERM "$mail_server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The cases read the codes in the mails. The first line says at which port they are taken.
"$mail_server_python" e2e/support/mail_server.py accept >"$folder/mails" &
mail_server=$!
until [[ $(head -n 1 "$folder/mails") =~ \"port\":\ ([0-9]+) ]]; do
    kill -0 "$mail_server" 2>/dev/null || fail "the mail server did not start" "scripts/tools.sh test installs it."
    sleep 0.05
done
mail_port=${BASH_REMATCH[1]}

# Only what is set here counts, neither the caller's settings nor a twofold.toml. All cases come from one address, and
# too fast for a person.
start() {
    local name unset=()
    for name in $(compgen -e TWOFOLD_); do
        unset+=("--unset=$name")
    done
    (cd "$folder" && exec env "${unset[@]}" \
        TWOFOLD_LISTEN="127.0.0.1:$1" TWOFOLD_PUBLIC_URL="http://localhost:$1" TWOFOLD_DATA_DIR="$folder/data" \
        TWOFOLD_RATE_LIMITS=off TWOFOLD_ADMINISTRATORS="$ADMINISTRATOR" \
        TWOFOLD_SMTP_URL="smtp://127.0.0.1:$mail_port" \
        TWOFOLD_LOG=warn,twofold::commands::serve=info "$program" serve >"$folder/server.log" 2>&1) &
    server=$!
}

# Whether the server that was started listens; false when it has ended instead. Its log says so, and not the port, which
# somebody else may have.
listens() {
    while kill -0 "$server" 2>/dev/null; do
        if grep --no-messages --quiet " listening " "$folder/server.log"; then
            return
        fi
        sleep 0.05
    done
    return 1
}

# A port is free until somebody else takes it, so a few are tried.
port=
for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    start "$port"
    if listens; then
        break
    fi
    wait "$server" || true
    server=
done
[[ -n $server ]] || fail "the server did not start" "$(tail -n 5 "$folder/server.log")"

mkdir -p "$artefacts"
status=0
(
    cd e2e/description
    # What is imported leaves nothing in the source tree, and what schemathesis keeps goes with the folder.
    export ORIGIN="http://localhost:$port" MAILS="$folder/mails"
    export PYTHONDONTWRITEBYTECODE=1 HYPOTHESIS_STORAGE_DIRECTORY="$folder/hypothesis"
    "$schemathesis" --config-file schemathesis.toml run \
        --exclude-tag "Back-end API" \
        --report junit --report-junit-path "$artefacts/description.xml" "$@" "$ORIGIN/v1/openapi.json"
) || status=$?

# It must end in good order, having nothing to report: an error in the log is a fault even if no reply showed it.
kill -TERM "$server"
wait "$server" || {
    note "the server ended with exit code $?"
    status=1
}
server=
if grep --extended-regexp '^[^ ]+ +ERROR |panicked' "$folder/server.log"; then
    note "the server logged the errors above"
    status=1
fi
exit "$status"
