#!/usr/bin/env bash
# Measures how long concurrent callers of a gate wait for their images, on the example's pictures: median and tail for 1, 8, 64 and the most callers, each of which
# sends its next file when it has its answer. Exits with 1 where, with the most callers, the slowest of a hundred takes five times the median or more.
# The table goes to artifacts/gate.md.
#
#   bash test/measure-gate.sh             1,000 callers, 20 seconds for each number of them
#   bash test/measure-gate.sh 4000 60     other callers and times
#   bash test/measure-gate.sh 1000 20 5   batches that wait for 5 ms
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

mkdir -p artifacts
dotnet build test/Microsoft.ML.OtdRouting.Latency -c Release --verbosity quiet
dotnet test/Microsoft.ML.OtdRouting.Latency/bin/Release/net10.0/Microsoft.ML.OtdRouting.Latency.dll "${1:-1000}" "${2:-20}" ${3:+"$3"} | tee artifacts/gate.md
