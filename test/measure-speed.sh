#!/usr/bin/env bash
# Measures images a second from the file to the answer: routers at half the cost of the largest resolution, beside the largest resolution in a loop by hand and in a
# pipeline of ML.NET's own. Nothing else should run on the machine.
#
#   bash test/measure-speed.sh             all sets
#   OTD_SHARED=/somewhere                  where models/ and data/ are, if not in ../shared
#
# Needs Python with Pillow (Debian: python3-pil), which enlarges the photographs; takes some ten minutes. The table goes to artifacts/speed.md.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

shared="${OTD_SHARED:-$root/../shared}"
work="$root/artifacts/speed"
mkdir -p "$work"
for set in imagenet-nips17 clothing flowers-fit flowers-test cifar10-fit cifar10-test; do
    [ -d "$work/$set" ] || unzip -q -o "$shared/data/$set.zip" -d "$work"
done
for set in fashion-fit fashion-test; do
    [ -d "$work/$set" ] || unzip -q -o "examples/data/$set.zip" -d "$work/$set"
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
fashion="examples/models/fashion-resnet8"
otd fit --images "$work/fashion-fit" --model "$fashion-10.onnx@10" --model "$fashion-14.onnx@14" --model "$fashion-20.onnx@20" --model "$fashion-28.onnx@28" \
    --budget 0.5 --out "$work/fashion.zip" > /dev/null 2>&1
cifar="$shared/models/cifar10/cifar10-resnet8"
otd fit --images "$work/cifar10-fit" --model "$cifar-16.onnx@16" --model "$cifar-24.onnx@24" --model "$cifar-32.onnx@32" --budget 0.5 --out "$work/cifar.zip" > /dev/null 2>&1
{
    echo '| images | in memory: routed | of the resolutions'"'"' times | of their times alone | resizing | files: routed | of a perfect overlap | with 2 threads inside | `otd score` | largest by hand | ML.NET'"'"'s pipeline | routed over it |'
    echo '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
} > artifacts/speed.md
measure() { # name, router, images
    { echo Path; find "$3" -name '*.jpg' -o -name '*.png' | sort; } > "$work/once.csv"
    otd bench --fitted "$2" --images "$work/once.csv" --json > "$work/bench.json" 2> /dev/null
    otd bench --fitted "$2" --images "$work/once.csv" --threads 2 --json > "$work/threads.json" 2> /dev/null
    # A list that is long enough that starting the process does not matter: some 20 seconds.
    count=$(/usr/bin/python3 -c 'import json, sys; print(int(20 * json.load(open(sys.argv[1]))["fromFiles"]["imagesPerSecond"]["routed"]))' "$work/bench.json")
    { echo Path; while tail -n +2 "$work/once.csv"; do :; done | head -n "$count"; } > "$work/list.csv" || true
    otd score --fitted "$2" --images "$work/list.csv" --out "$work/scores.csv" --json > "$work/score.json" 2> /dev/null
    /usr/bin/python3 - "$1" "$work/bench.json" "$work/score.json" "$work/threads.json" >> artifacts/speed.md << 'END'
import json, sys
bench, score, threads = (json.load(open(f)) for f in sys.argv[2:5])
files = bench["fromFiles"]
rate = files["imagesPerSecond"]
print(f"| {sys.argv[1]} | {bench['imagesPerSecond']['routed']:.0f} | {100 * bench['ofTimeLimit']:.0f} % | {100 * bench['ofProcessorLimit']:.0f} % | {100 * bench['resizingShare']:.1f} % "
      f"| {rate['routed']:.0f} | {100 * files['ofOverlapLimit']:.0f} % | {threads['fromFiles']['imagesPerSecond']['routed']:.0f} | {score['imagesPerSecond']:.0f} "
      f"| {rate['largestByHand']:.0f} | {rate['largestPlain']:.0f} | {rate['routed'] / rate['largestPlain']:.2f} × |")
END
    tail -n 1 artifacts/speed.md
}
measure 'ImageNet, 299 × 299, MobileNetV2 to 224' "$work/imagenet.zip" "$work/imagenet-nips17/test"
measure 'clothing, about 400 × 534, MobileNetV2 to 224' "$work/imagenet.zip" "$work/clothing/validation"
measure 'the same enlarged to 12 megapixels' "$work/imagenet.zip" "$work/large"
measure 'flowers, 320 × 240, ResNet-10 to 160' "$work/flowers.zip" "$work/flowers-test"
measure 'Fashion-MNIST, 28 × 28, ResNet-8 to 28' "$work/fashion.zip" "$work/fashion-test"
measure 'CIFAR-10, 32 × 32, ResNet-8 to 32' "$work/cifar.zip" "$work/cifar10-test"
