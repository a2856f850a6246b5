#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own: scripts/with-postgres.sh [--durable] COMMAND [ARGUMENT]...
#
# With --durable what it commits is on the disk, as PostgreSQL has it by default: for measurements.
#
# The command finds the server's address in TWOFOLD_TEST_POSTGRES_URL. The server keeps everything in a temporary folder,
# listens on a free port of 127.0.0.1 and is gone when the command has ended, however that was.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Durability costs time and is not what is tested.
durability=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off)
place=${TMPDIR:-/tmp}
if [[ ${1:-} == --durable ]]; then
    durability=()
    # Never memory, which /tmp may be.
    place=/var/tmp
    shift
fi
(($# > 0)) || fail "usage: scripts/with-postgres.sh [--durable] COMMAND [ARGUMENT]..."

programs=$(postgres_programs)
[[ -n $programs ]] || fail "there is no PostgreSQL (initdb and postgres)" "scripts/tools.sh test installs it."

folder=$(mktemp -d --tmpdir="$place")
server=
command=

# The data is thrown away, so the server need not end in good order, only at once.
# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    trap - EXIT
    if [[ -n $command ]]; then
        kill -TERM -- "-$command" 2>/dev/null || true
    fi
    if [[ -n $server ]]; then
        kill -QUIT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# PostgreSQL refuses to run as root.
as_user=()
if ((EUID == 0)); then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    chown "$user" "$folder"
    as_user=(setpriv "--reuid=$user" "--regid=$(id --group "$user")" --clear-groups)
fi

# Somewhere that the other user may be.
cd "$folder"
"${as_user[@]}" "$programs/initdb" --pgdata="$folder/data" --username=postgres --auth=trust \
    --encoding=UTF8 --no-locale --no-sync >"$folder/initdb.log" 2>&1 ||
    fail "initdb did not work" "$(tail -n 5 "$folder/initdb.log")"

# A port is free until somebody else takes it, so a few are tried.
for _ in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    "${as_user[@]}" "$programs/postgres" -D "$folder/data" -p "$port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        "${durability[@]}" -c max_connections=200 \
        >"$folder/postgres.log" 2>&1 &
    server=$!
    # Its last act of starting is this line of its log.
    while kill -0 "$server" 2>/dev/null; do
        if grep --no-messages --quiet "ready to accept connections" "$folder/postgres.log"; then
            break 2
        fi
        sleep 0.05
    done
    server=
done
[[ -n $server ]] || fail "PostgreSQL did not start" "$(tail -n 5 "$folder/postgres.log")"
cd "$root"

# In a process group of its own, so that a signal to this script ends all that the command started.
set -m
TWOFOLD_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres" "$@" &
command=$!
set +m
status=0
wait "$command" || status=$?
command=
exit "$status"
