#!/usr/bin/env bash
# Measures what the features of the first look bring, for the tasks beside classification: the same router with all of them, without each group, with each
# group alone and with none. The pictures and models are those of the examples. Deterministic. The tables go to artifacts/features-embedding.md and so on.
#
#   bash test/measure-features.sh                        all tasks
#   bash test/measure-features.sh embedding dense        some of embedding, dense, detection
#   OTD_IMAGES=500 bash test/measure-features.sh dense   another number of images than 4,000 for embeddings and 2,000 for the others
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

[ $# -gt 0 ] || set -- embedding dense detection
dotnet build test/Microsoft.ML.OtdRouting.Quality -c Release --verbosity quiet
for task in "$@"; do
    case "$task" in
        embedding) images=4000 ;;
        dense | detection) images=2000 ;;
        *) echo "There is no task '$task'; there are embedding, dense and detection." >&2; exit 2 ;;
    esac
    dotnet test/Microsoft.ML.OtdRouting.Quality/bin/Release/net10.0/Microsoft.ML.OtdRouting.Quality.dll \
        --only "$task" --images "${OTD_IMAGES:-$images}" --report artifacts/routing-results.md
done
