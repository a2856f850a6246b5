#!/usr/bin/env bash
# Holds the rules of fuzz/src/ to what libFuzzer thinks up, each for FUZZ_SECONDS (60): scripts/fuzz.sh [RULE]...
#
# The stable compiler has all that it takes. Without a sanitizer: there is no unsafe code of ours for one to watch.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/tools.sh fuzz

seconds=${FUZZ_SECONDS:-60}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

cd fuzz
step "Building the fuzz targets (some minutes on two cores when nothing is built yet)"
cargo fuzz build --sanitizer none

if (($# > 0)); then
    rules=("$@")
else
    mapfile -t rules < <(cargo fuzz list)
fi

# The numbers that libFuzzer ends with.
statistic() {
    awk -v name="stat::$1:" '$1 == name { print $2 }' "$log"
}

broken=()
for rule in "${rules[@]}"; do
    step "$rule, for $seconds seconds"
    mkdir -p "corpus/$rule"
    # What is new goes into the first folder, which git ignores.
    if cargo fuzz run --sanitizer none "$rule" "corpus/$rule" "seeds/$rule" -- \
        -max_total_time="$seconds" -timeout=10 -print_final_stats=1 >"$log" 2>&1; then
        note "holds for $(statistic number_of_executed_units) inputs, $(statistic average_exec_per_sec) a second"
    else
        tail -n 40 "$log"
        broken+=("$rule")
    fi
done

if ((${#broken[@]} > 0)); then
    fail "what the lines above show does not hold:" "${broken[@]}" \
        "The inputs are in fuzz/artifacts/. Mend it, and keep them in fuzz/seeds/: make test tries those."
fi
step "Everything holds"
