#!/usr/bin/env bash
# Measures images a second from the file to the answer: routers at half the cost of the largest resolution, beside the largest resolution in a loop by hand and in a
# pipeline of ML.NET's own. Nothing else should run on the machine.
#
#   bash test/measure-speed.sh             all sets
#   OTD_SHARED=/somewhere                  where models/ and data/ are, if not in ../shared
#
# Needs Python with Pillow (Debian: python3-pil), which enlarges the photographs. The table goes to artifacts/speed.md.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

shared="${OTD_SHARED:-$root/../shared}"
work="$root/artifacts/speed"
mkdir -p "$work"
for set in imagenet-nips17 clothing flowers-fit flowers-test; do
    [ -d "$work/$set" ] || unzip -q -o "$shared/data/$set.zip" -d "$work"
done

/usr/bin/python3 - "$work" << 'END'
import os, sys
from PIL import Image
work = sys.argv[1]
files = sorted(os.path.join(d, f) for d, _, fs in os.walk(work + "/clothing/validation") for f in fs if f.endswith(".jpg"))[::3]
os.makedirs(work + "/large", exist_ok=True)
for i, file in enumerate(files):
    target = f"{work}/large/{i:04}.jpg"
    if not os.path.exists(target):
        image = Image.open(file).convert("RGB")
        scale = (12e6 / (image.width * image.height)) ** 0.5
        image.resize((round(image.width * scale), round(image.height * scale)), Image.BICUBIC).save(target, quality=90)
END

dotnet build src/Microsoft.ML.OtdRouting.Tool -c Release --verbosity quiet
otd() { dotnet src/Microsoft.ML.OtdRouting.Tool/bin/Release/net10.0/otd.dll "$@"; }

network="$shared/models/imagenet/mobilenet_v2_1.0_dynamic.onnx"
flowers="$shared/models/flowers/flowers-resnet10"
otd fit --images "$work/imagenet-nips17/fit" --classes "$work/imagenet-nips17/wnids.txt" --model "$network@96" --model "$network@128" --model "$network@160" \
    --model "$network@224" --budget 0.5 --out "$work/imagenet.zip" > /dev/null 2>&1
otd fit --images "$work/flowers-fit" --model "$flowers-64.onnx@64" --model "$flowers-96.onnx@96" --model "$flowers-128.onnx@128" --model "$flowers-160.onnx@160" \
    --budget 0.5 --out "$work/flowers.zip" > /dev/null 2>&1
{
    echo '| photographs | in memory: routed | of the resolutions'"'"' times | files: routed | of a perfect overlap | `otd score` | largest by hand | ML.NET'"'"'s pipeline | routed over it |'
    echo '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
} > artifacts/speed.md
measure() { # name, router, images
    # A list that is long enough that starting the process does not matter.
    { echo Path; find "$3" -name '*.jpg' | sort; } > "$work/once.csv"
    { echo Path; for _ in 1 2 3 4 5 6 7 8; do tail -n +2 "$work/once.csv"; done | awk 'NR <= 2000'; } > "$work/list.csv"
    otd bench --fitted "$2" --images "$work/once.csv" --json > "$work/bench.json" 2> /dev/null
    otd score --fitted "$2" --images "$work/list.csv" --out "$work/scores.csv" --json > "$work/score.json" 2> /dev/null
    /usr/bin/python3 - "$1" "$work/bench.json" "$work/score.json" >> artifacts/speed.md << 'END'
import json, sys
bench, score = json.load(open(sys.argv[2])), json.load(open(sys.argv[3]))
files = bench["fromFiles"]
rate = files["imagesPerSecond"]
print(f"| {sys.argv[1]} | {bench['imagesPerSecond']['routed']:.0f} | {100 * bench['ofTimeLimit']:.0f} % | {rate['routed']:.0f} | {100 * files['ofOverlapLimit']:.0f} % "
      f"| {score['imagesPerSecond']:.0f} | {rate['largestByHand']:.0f} | {rate['largestPlain']:.0f} | {rate['routed'] / rate['largestPlain']:.2f} × |")
END
    tail -n 1 artifacts/speed.md
}
measure 'ImageNet, 299 × 299, MobileNetV2 to 224' "$work/imagenet.zip" "$work/imagenet-nips17/test"
measure 'clothing, about 400 × 534, MobileNetV2 to 224' "$work/imagenet.zip" "$work/clothing/validation"
measure 'the same enlarged to 12 megapixels' "$work/imagenet.zip" "$work/large"
measure 'flowers, 320 × 240, ResNet-10 to 160' "$work/flowers.zip" "$work/flowers-test"
