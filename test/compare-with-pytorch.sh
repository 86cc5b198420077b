#!/usr/bin/env bash
# Compares a step of training with PyTorch: the same network, sizes, batch and threads, in turns. Ours includes reading batches, changing pictures and resizing them, which run beside it;
# PyTorch's is the step alone, in the better of its two layouts. Nothing else should run on the machine.
#
#   bash test/compare-with-pytorch.sh [THREADS]
#
# Needs python3-torch and python3-pot of Debian, and has the files checked with python3-onnx where it is there. The table goes to artifacts/pytorch.md.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

threads="${1:-1}"
work="$root/artifacts/pytorch"
mkdir -p "$work"
[ -d "$work/images" ] || unzip -q examples/data/fashion-fit.zip -d "$work/images"
dotnet build src/Microsoft.ML.OtdRouting.TorchSharp.Tool -c Release --verbosity quiet

# Seconds of a training of some epochs; what starts and ends it drops out of the difference of two.
seconds() { # epochs, plan
    dotnet src/Microsoft.ML.OtdRouting.TorchSharp.Tool/bin/Release/net10.0/otd-train.dll train --images "$work/images" --sizes 10,14,20,28 --epochs "$1" --plan "$2" --held-back 0 \
        --threads "$threads" --out "$work/models" --json 2> /dev/null | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["seconds"])'
}

{
    echo "| threads | plan | round | ours, images/s | PyTorch, images/s | of PyTorch's time |"
    echo "| ---: | --- | ---: | ---: | ---: | ---: |"
} | tee artifacts/pytorch.md
for plan in 0 0.1; do
    for round in 1 2 3; do
        other=$(/usr/bin/python3 test/compare-with-pytorch.py "$threads" "$plan")
        short=$(seconds 1 "$plan")
        long=$(seconds 5 "$plan")
        awk -v threads="$threads" -v plan="$plan" -v round="$round" -v other="$other" -v short="$short" -v long="$long" 'BEGIN {
            ours = 4 * 4992 / (long - short)
            printf "| %d | %s | %d | %.0f | %.0f | %.2f |\n", threads, plan == 0 ? "none" : plan, round, ours, other, other / ours }' | tee -a artifacts/pytorch.md
    done
done

# What was written is ONNX by its own checker, too, where that is installed.
if /usr/bin/python3 -c 'import onnx' 2> /dev/null; then
    /usr/bin/python3 -c 'import onnx, sys
for file in sys.argv[1:]:
    onnx.checker.check_model(onnx.load(file), full_check=True)
print(f"onnx.checker {onnx.__version__}: {len(sys.argv) - 1} files are valid.")' "$work"/models/*.onnx
fi
