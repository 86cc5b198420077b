#!/usr/bin/env bash
# Opens a report of otd sweep in Chromium and checks what only a browser can tell: no errors, no request, every plot drawn and legible in light,
# dark, on a phone and on paper, accessibility (axe-core), values on hover, hostile names. Not part of build/test.sh, since it needs a browser.
#
#   bash test/check-report.sh                  makes a report of the shipped images first (artifacts/report/report.html, one to two minutes)
#   bash test/check-report.sh report.html      checks this one
#   CHROMIUM=/usr/bin/chromium                 the browser, if it is not found (Debian: apt-get install --no-install-recommends chromium)
#   SHOTS=folder                               keeps screenshots and the PDF there
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

browser="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
if [ -z "$browser" ]; then
    echo "check-report: no Chromium was found; install it, or set CHROMIUM to the path of one." >&2
    exit 1
fi

if [ $# -gt 0 ]; then
    report="$(realpath "$1")"
else
    work="$root/artifacts/report"
    report="$work/report.html"
    for part in fit test; do
        if [ ! -d "$work/fashion-$part" ]; then
            echo "Unpacking examples/data/fashion-$part.zip."
            rm -rf "$work/fashion-$part.partial"
            mkdir -p "$work/fashion-$part.partial"
            python3 -m zipfile -e "$root/examples/data/fashion-$part.zip" "$work/fashion-$part.partial"
            mv "$work/fashion-$part.partial" "$work/fashion-$part"
        fi
    done
    echo "Building the tool."
    dotnet build "$root/src/Microsoft.ML.OtdRouting.Tool" -c Release --verbosity quiet
    echo "Making the report."
    models=()
    for size in 10 14 20 28; do models+=(--model "../../examples/models/fashion-resnet8-$size.onnx@$size"); done
    (cd "$work" && time dotnet "$root/src/Microsoft.ML.OtdRouting.Tool/bin/Release/net10.0/otd.dll" sweep \
        --images fashion-fit --test fashion-test "${models[@]}" \
        --classes T-shirt-top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle-boot \
        --budgets 0.16,0.2,0.25,0.3,0.35,0.4,0.45,0.5,0.6,0.7,0.8,0.9,1.0 --budget 0.4 --report report.html)
fi

cd "$root/test/report-browser"
if ! cmp -s package-lock.json node_modules/.installed; then
    echo "Bringing Playwright and axe-core from npm."
    npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
    cp package-lock.json node_modules/.installed
fi
exec node check-report.mjs "$report" "$browser" ${SHOTS:+"$SHOTS"}
