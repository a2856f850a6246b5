#!/usr/bin/env bash
# Runs every test there is, one group after the other, also when one fails. What failed is told again at the end. The
# last line is `N passed, N failed, N skipped`, and the exit code says the same.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

passed=0
failed=0
skipped=0
summary=()
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# A Ctrl-C is for the whole run, not for the group that happens to be at work.
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# group NAME COUNTER COMMAND [ARGUMENT]...: runs the command and adds up what the counter reads from what it left.
group() {
    local name=$1 counter=$2 log="$logs/log" status=0 numbers p f s
    shift 2
    step "Testing $name"
    rm -f "$results" "$description_results"
    "$@" 2>&1 | tee "$log" || status=$?
    numbers=$("$counter" "$log")
    read -r p f s <<<"$numbers"
    # A compiler's error, a crash and a run of no tests leave no failed test to count, and are failures all the same.
    if ((status != 0 && f == 0)); then
        note "$name: ended with exit code $status"
        f=1
    elif ((p + f == 0)); then
        note "$name: no test ran"
        f=1
    fi
    add "$name" "$p" "$f" "$s"
    if ((f > 0)); then
        step "Failed in $name" >>"$logs/failures"
        failures "$log" >>"$logs/failures"
    fi
}

# What a run printed about its failures: cargo's and Playwright's and schemathesis' own words, or else the last it said.
failures() {
    local told
    told=$(sed --quiet -e '/^failures:$/,/^test result: /p' -e '/^  1) \[/,$p' -e '/^=\+ FAILURES =\+$/,$p' "$1")
    head --lines=80 <<<"${told:-$(tail --lines=30 "$1")}"
}

add() {
    summary+=("$(printf '%-34s %4d passed, %d failed, %d skipped' "$@")")
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + $4))
}

# From "test result: ok. 12 passed; 0 failed; 1 ignored; …", one line for each binary.
count_rust() {
    awk '/^test result: / {
            for (i = 2; i <= NF; i++) {
                if ($i ~ /^passed/) p += $(i - 1)
                if ($i ~ /^failed/) f += $(i - 1)
                if ($i ~ /^ignored/) s += $(i - 1)
            }
        }
        END { print p + 0, f + 0, s + 0 }' "$1"
}

# From Playwright's own report. A test that passed only when repeated counts as failed, and so does an error outside tests.
results=$root/e2e/artefacts/results.json
count_playwright() {
    [[ -f $results ]] || {
        echo 0 0 0
        return
    }
    node --print '
        const { stats, errors } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
        [stats.expected, stats.unexpected + stats.flaky + errors.length, stats.skipped].join(" ");
    ' "$results"
}

# From schemathesis' report, where a test is an operation, or all that goes from one to the next.
description_results=$root/e2e/artefacts/description.xml
count_description() {
    [[ -f $description_results ]] || {
        echo 0 0 0
        return
    }
    node --print '
        const report = require("fs").readFileSync(process.argv[1], "utf8");
        const count = (name) => Number(report.match(new RegExp("<testsuites [^>]*\\b" + name + "=.(\\d+)"))[1]);
        const failed = count("failures") + count("errors");
        [count("tests") - failed - count("skipped"), failed, count("skipped")].join(" ");
    ' "$description_results"
}

scripts/tools.sh test

group "the rules and the server" count_rust \
    scripts/with-postgres.sh cargo test --locked --no-fail-fast -p twofold-shared -p twofold-backend --features twofold-backend/otlp
group "the app's own logic" count_rust \
    cargo test --locked --no-fail-fast -p twofold-frontend -p twofold-words
group "the app's components in a browser" count_rust scripts/test-web.sh

if scripts/build.sh; then
    group "the program and a service beside it" count_playwright scripts/e2e.sh --project=server
    group "faults of machine and network" count_playwright scripts/e2e.sh --project=faults
    group "several servers, a pooler, TLS" count_playwright scripts/e2e.sh --project=servers
    group "the description of the API" count_description scripts/description.sh
    group "the journeys in a browser" count_playwright scripts/e2e.sh --project=browser
    group "the gallery of components" count_playwright scripts/gallery.sh
    group "the real Clerk client" count_playwright scripts/conformance.sh
else
    note "the app or the server does not build: no journey ran"
    add "the build" 0 1 0
fi

if [[ -e $logs/failures ]]; then
    cat "$logs/failures"
fi
printf '\n'
printf '%s\n' "${summary[@]}"
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
