#!/usr/bin/env bash
# Measures the quality of routing and writes docs/routing-results.md. Deterministic: the same commit gives the same tables, but for the times.
#
#   bash test/measure-routing.sh                          everything
#   bash test/measure-routing.sh --only fashion,cifar     some measurements; the report goes to artifacts/ then
#   OTD_SHARED=/somewhere bash test/measure-routing.sh    where models/ and data/ are, if not in ../shared
#   OTD_FASHION=/folder                                   where the IDX files of Fashion-MNIST are, if Debian's package is not to be fetched
#
# What the models say about the images is kept in artifacts/scores; remove it after a change of scoring or of features.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

shared="${OTD_SHARED:-$root/../shared}"
fashion="${OTD_FASHION:-$root/artifacts/fashion-mnist/usr/share/datasets/fashion-mnist}"
report="$root/docs/routing-results.md"
[ $# -eq 0 ] || report="$root/artifacts/routing-results.md"

if [ -z "${OTD_FASHION:-}" ] && [ ! -f "$fashion/t10k-images-idx3-ubyte.gz" ]; then
    echo "Fetching Fashion-MNIST: Debian's package dataset-fashion-mnist."
    mkdir -p artifacts/fashion-mnist
    if (cd artifacts/fashion-mnist && apt-get download --quiet=2 dataset-fashion-mnist && dpkg -x dataset-fashion-mnist_*.deb .); then
        rm -f artifacts/fashion-mnist/*.deb
    else
        echo "It could not be fetched: its measurements are skipped."
    fi
fi

echo "Building the measurements."
dotnet build test/Microsoft.ML.OtdRouting.Quality -c Release --verbosity quiet
echo "Measuring; models and images from $(cd "$shared" 2> /dev/null && pwd || echo "$shared, which is not there")."
dotnet test/Microsoft.ML.OtdRouting.Quality/bin/Release/net10.0/Microsoft.ML.OtdRouting.Quality.dll \
    --shared "$shared" --fashion "$fashion" --report "$report" "$@"
