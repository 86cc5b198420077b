#!/usr/bin/env bash
# Measures what training makes and writes docs/adaptation-results.md, docs/training-results.md, docs/omniglot-results.md and docs/bccd-results.md. The same commit gives the same tables on the same kind of machine, but for the times.
#
#   bash test/measure-training.sh                          everything
#   bash test/measure-training.sh --only adapt,train       some measurements (adapt, train, omniglot, bccd); reports go to artifacts/ then
#   bash test/measure-training.sh --threads 2              threads of training, 1 without it; another number sums in another order
#   OTD_SHARED=/somewhere bash test/measure-training.sh    where models/ and data/ are, if not in ../shared
#   OTD_FASHION=/folder bash test/measure-training.sh      where Fashion-MNIST is as it is published, if not where Debian's package dataset-fashion-mnist or test/measure-routing.sh puts it
#
# Models that were made, and what they say about the images, are kept in artifacts/training; remove it after a change of training or scoring.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

shared="${OTD_SHARED:-$root/../shared}"
fashion="${OTD_FASHION:-/usr/share/datasets/fashion-mnist}"
[ -n "${OTD_FASHION:-}" ] || [ -d "$fashion" ] || fashion="$root/artifacts/fashion-mnist$fashion"
reports="$root/docs"
[[ " $* " != *" --only "* ]] || reports="$root/artifacts"

echo "Building the measurements."
dotnet build test/Microsoft.ML.OtdRouting.TorchSharp.Quality -c Release --verbosity quiet
echo "Measuring; models and images from $(cd "$shared" 2> /dev/null && pwd || echo "$shared, which is not there")."
dotnet test/Microsoft.ML.OtdRouting.TorchSharp.Quality/bin/Release/net10.0/Microsoft.ML.OtdRouting.TorchSharp.Quality.dll \
    --shared "$shared" --fashion "$fashion" --reports "$reports" "$@"
