#!/usr/bin/env bash
# Measures whether memory grows with the rows: 100,000 images through a cursor of a router, and as many requests to the service of the examples. The working set
# is looked at after every tenth, after a garbage collection. Exits with 1 where it has grown by more than the limit from the first sample to the last, without
# managed memory that is free: of that the collector keeps now more, now less. Then a process that streams a million rows is held against one that streams ten
# thousand: the most that each has held.
#
#   bash test/measure-memory.sh               100,000 rows, limit 1 MiB
#   bash test/measure-memory.sh 20000 4       other rows, another limit
#   bash test/measure-memory.sh --plain       with the runtime's and the C library's own settings
#
# Two things beside the router take memory while a process warms up, for as long as that is: .NET compiles what runs often once more, in the background, and the C
# library has a heap for every thread, which keeps the most that the thread has ever had. Both end; to see what rows alone do, both are left out: code is compiled
# once, and there is one heap. The tables go to artifacts/memory.md.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

settings=(DOTNET_TieredCompilation=0 DOTNET_gcConcurrent=0 MALLOC_ARENA_MAX=1)
if [ "${1:-}" = --plain ]; then
    settings=()
    shift
fi
rows="${1:-100000}" limit="${2:-1}"
work="$root/artifacts/memory"
report="$root/artifacts/memory.md"
mkdir -p "$work"

dotnet build test/Microsoft.ML.OtdRouting.Memory -c Release --verbosity quiet
measure=(dotnet test/Microsoft.ML.OtdRouting.Memory/bin/Release/net10.0/Microsoft.ML.OtdRouting.Memory.dll)
rm -f "$work"/router.zip*
"${measure[@]}" fit "$work/router.zip"
: > "$report"
code=0
for what in transformer service; do
    env "${settings[@]}" "${measure[@]}" "$what" "$work/router.zip" "$rows" "$limit" | tee -a "$report" || code=1
done
# And a million rows whose images cost nothing to make, beside ten thousand: with the runtime's own settings.
if [ "$rows" -ge 100000 ]; then
    read -r few fewPeak _ < <("${measure[@]}" stream "$work/router.zip" 10000)
    read -r many manyPeak allocated < <("${measure[@]}" stream "$work/router.zip" 1000000)
    echo "Most that the process has held: $fewPeak MiB with $few rows, $manyPeak MiB with $many (50 MiB more are allowed); $allocated bytes were allocated for a row." | tee -a "$report"
    awk -v few="$fewPeak" -v many="$manyPeak" 'BEGIN { exit many - few <= 50 ? 0 : 1 }' || code=1
fi
exit "$code"
