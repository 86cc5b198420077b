#!/usr/bin/env bash
# Runs the example: routes Fashion-MNIST images between four resolutions and compares. Arguments go to the example.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

echo "Building examples/FashionRouting."
dotnet build "$root/examples/FashionRouting" -c Release --verbosity quiet
echo "Running examples/FashionRouting."
dotnet run --project "$root/examples/FashionRouting" -c Release --no-build -- "$@"
