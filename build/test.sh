#!/usr/bin/env bash
# Builds everything, runs all tests and ends with the line "N passed, N failed". Arguments go to dotnet test (--filter ...); with some, the packages
# are not checked.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
solution="$root/Microsoft.ML.OtdRouting.sln"
results="$root/TestResults/all"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

# The sums of the result files: passed, failed, skipped. (A skipped test is one that was not executed.)
sums() {
    find "$results" -name '*.trx' -exec cat {} + 2> /dev/null | tr '\n' ' ' | grep -o '<Counters [^>]*>' | awk '
        function number(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0 }
        { passed += number("passed"); failed += number("total") - number("passed") - (number("total") - number("executed"))
          skipped += number("total") - number("executed") }
        END { print passed + 0, failed + 0, skipped + 0 }' || true
}

# What came through the doors for what others give, as the tests of them have counted it.
doors() {
    find "$results" -name '*.trx' -exec cat {} + 2> /dev/null | grep -o "Door '[^']*': [0-9]* inputs, [0-9]* refused, [0-9]* accepted" | sort -u | awk '
        { print "  " $0; inputs += $(NF - 5); refused += $(NF - 3) }
        END { if (NR) print "  All doors: " inputs " inputs, " refused " refused." }' || true
}

finish() { # $1: exit code so far, $2: what went wrong if no test says it
    local passed failed skipped
    read -r passed failed skipped <<< "$(sums)"
    doors
    if [ "$1" -ne 0 ] && [ "$failed" -eq 0 ]; then
        echo "$2"
        failed=1
    elif [ "$((passed + failed))" -eq 0 ]; then
        echo "No test ran."
        failed=1
    fi
    passed=$((passed + packages_passed)) failed=$((failed + packages_failed))
    if [ "$skipped" -gt 0 ]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    [ "$failed" -eq 0 ]
    exit
}

rm -rf "$results"
code=0 packages_passed=0 packages_failed=0

echo "Building Microsoft.ML.OtdRouting.sln."
dotnet build "$solution" -c Release --verbosity quiet || finish 1 "The build failed."

dotnet run --project "$root/docs/reference" -c Release --no-build -- --check || finish 1 "The API reference does not tell what the libraries are."

echo "Running the tests."
dotnet test "$solution" -c Release --no-build --nologo --logger trx --results-directory "$results" "$@" || code=$?

if [ $# -eq 0 ]; then
    echo "Checking the packages: one check more."
    if bash "$root/test/check-packages.sh" --no-build; then packages_passed=1; else packages_failed=1; fi
fi
finish "$code" "A test project ended without results of its tests (exit code $code)."
