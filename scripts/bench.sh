#!/usr/bin/env bash
# Measures the built server: scripts/bench.sh [NAME]... runs only those named. What comes out is for people to read: no
# number here fails anything. Other work on the machine is measured, too.
#
#   rules        what one call costs of the rules that server and app share
#   load         throughput, latency, memory and start, against what the machine can do; on both databases
#   equal-times  whether the time of an answer tells who has an account
#   hashing      what a flood of sign-ins does to everybody else
#   app          our app beside the same pages made of React and clerk-js
#   lighthouse   what Lighthouse says of our pages on a phone
#   scaling      how cost grows with users and requests, with pictures; half an hour, and only where it is named

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

program=${SERVER_PROGRAM:-$target/release/twofold}
names=("$@")
((${#names[@]} > 0)) || names=(rules load equal-times hashing app lighthouse)

need_programs() {
    [[ -x $program ]] || fail "there is no $program" "make build"
    step "Building the measurements"
    cargo build --release --locked --quiet -p twofold-bench
}

# beside DATABASE PROGRAM [ARGUMENT]...: runs a measurement where that database is.
beside() {
    local database=$1 measurement=$2
    shift 2
    case $database in
    sqlite) "$target/release/$measurement" "$program" sqlite "$@" ;;
    postgres) scripts/with-postgres.sh --durable "$target/release/$measurement" "$program" postgres "$@" ;;
    esac
}

for name in "${names[@]}"; do
    case $name in
    rules)
        step "Measuring the rules that server and app share (a minute)"
        cargo bench --locked --quiet -p twofold-shared --bench rules
        ;;
    load)
        need_programs
        for database in sqlite postgres; do
            step "Measuring the server against the machine, on $database (five minutes)"
            beside "$database" load
        done
        ;;
    equal-times)
        need_programs
        step "Comparing answers for accounts that exist with those for accounts that do not (a minute)"
        "$target/release/equal_times" "$program"
        ;;
    hashing)
        need_programs
        step "Signing in far more often than passwords can be checked (half a minute)"
        "$target/release/hashing" "$program"
        ;;
    app) scripts/compare.sh ;;
    lighthouse) scripts/lighthouse.sh ;;
    scaling)
        need_programs
        for database in sqlite postgres; do
            step "Measuring growth with users and requests, on $database (a quarter of an hour)"
            beside "$database" scaling docs/images
        done
        ;;
    *) fail "there is no measurement called $name" "The head of scripts/bench.sh lists them." ;;
    esac
done
