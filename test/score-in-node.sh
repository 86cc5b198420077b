#!/usr/bin/env bash
# Fits a router on the example's images, exports it, and scores all test images through the graph in Node.js; also has Python's ONNX checker
# look at the graph, if there is one. Needs npm and brings ONNX Runtime for Node (290 MB).
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

npm ci --prefix "$root/test/onnx-in-node" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
dotnet build "$root/src/Microsoft.ML.OtdRouting.Tool" -c Release --verbosity quiet --nologo
otd() { dotnet "$root/src/Microsoft.ML.OtdRouting.Tool/bin/Release/net10.0/otd.dll" "$@"; }

for set in fit test; do
    unzip -q "$root/examples/data/fashion-$set.zip" -d "$work/$set"
done
models=()
for size in 10 14 20 28; do
    models+=(--model "$root/examples/models/fashion-resnet8-$size.onnx@$size")
done
otd fit --images "$work/fit" "${models[@]}" --budget 0.4 --out "$work/model.zip"
otd export --fitted "$work/model.zip" --onnx "$work/routed.onnx" --image-format bytes
otd score --fitted "$work/model.zip" --images "$work/test" --top 1 --out "$work/scores.csv"
if python3 -c 'import onnx' 2> /dev/null; then
    python3 -c 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True); print("Python'"'"'s onnx.checker: valid.")' "$work/routed.onnx"
else
    echo "Python has no onnx module; its checker is left out."
fi
node "$root/test/onnx-in-node/compare-scores.mjs" "$work/routed.onnx" "$work/scores.csv"
