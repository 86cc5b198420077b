#!/usr/bin/env bash
# Measures what a fit on a thousand classes takes: time of the policy, and the most memory that `otd fit` had, on photographs that are repeated as often as
# is needed (each image is decoded and scored every time).
#
#   bash test/measure-fit.sh               1,105 and 5,000 rows, five sizes of one network
#   bash test/measure-fit.sh 2000          another number of rows
#   OTD_SHARED=/somewhere                  where models/ and data/ are, if not in ../shared
#
# The table goes to artifacts/fit-costs.md.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

shared="${OTD_SHARED:-$root/../shared}"
work="$root/artifacts/fit-costs"
rows=("$@")
[ $# -gt 0 ] || rows=(1105 5000)
mkdir -p "$work"
[ -d "$work/imagenet-nips17" ] || unzip -q -o "$shared/data/imagenet-nips17.zip" -d "$work"
find "$work/imagenet-nips17" -name '*.jpg' | sort | awk -F/ '{ print $0 "," $(NF - 1) }' > "$work/photos.csv"
dotnet build src/Microsoft.ML.OtdRouting.Tool -c Release --verbosity quiet

model="$shared/models/imagenet/mobilenet_v2_1.0_dynamic.onnx"
report="$root/artifacts/fit-costs.md"
{
    echo '| rows | classes | sizes | scoring | fit of the policy | saved router | most memory |'
    echo '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
} > "$report"
for count in "${rows[@]}"; do
    { echo 'Path,Label'; while cat "$work/photos.csv"; do :; done | head -n "$count"; } > "$work/$count.csv" || true
    dotnet src/Microsoft.ML.OtdRouting.Tool/bin/Release/net10.0/otd.dll fit --images "$work/$count.csv" --classes "$work/imagenet-nips17/wnids.txt" \
        --model "$model@96" --model "$model@128" --model "$model@160" --model "$model@192" --model "$model@224" \
        --budget 0.5 --out "$work/$count.zip" --json > "$work/$count.json" 2> "$work/$count.log" &
    pid=$! peak=0
    while kill -0 "$pid" 2> /dev/null; do
        now="$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2> /dev/null || true)"
        peak="${now:-$peak}"
        sleep 0.2
    done
    wait "$pid"
    seconds() { grep -o "\"$1\":[0-9.]*" "$work/$count.json" | tail -1 | awk -F: '{ printf "%.1f s", $2 }'; }
    echo "| $count | 1,000 | 5 | $(seconds images) | $(seconds policy) | $(awk "BEGIN { printf \"%.1f MB\", $(stat -c %s "$work/$count.zip") / 1e6 }") | $(awk "BEGIN { printf \"%.2f GB\", $peak / 1e6 }") |" >> "$report"
done
cat "$report"
