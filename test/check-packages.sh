#!/usr/bin/env bash
# Packs what users install and looks into the packages; installs the packed tool and runs it.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

pack() { dotnet pack "$root/src/$1" -c Release -o "$work/packages" --verbosity quiet --nologo > "$work/pack.log" 2>&1; }
wrong() { echo "check-packages: $*" >&2; exit 1; }

# $1: package, $2...: files that must be in it. In every package: readme, icon, licence, description, tags, nothing of tests.
look() {
    local package list nuspec
    package="$(ls "$work/packages/$1".[0-9]*.nupkg)"
    list="$(unzip -Z1 "$package")"
    nuspec="$(unzip -p "$package" '*.nuspec')"
    for file in PACKAGE.md icon.png LICENSE "${@:2}"; do
        grep -qF "$file" <<< "$list" || wrong "$1 lacks $file."
    done
    for element in '<license type="expression">MIT</license>' '<readme>PACKAGE.md</readme>' '<icon>icon.png</icon>' '<description>' '<tags>'; do
        grep -qF "$element" <<< "$nuspec" || wrong "the nuspec of $1 lacks $element."
    done
    ! grep -qi 'xunit\|\.Tests' <<< "$list" || wrong "$1 holds tests."
    echo "$1: $(wc -l <<< "$list") files, $(du -k "$package" | cut -f1) kB."
}

pack Microsoft.ML.OtdRouting.Transport || { cat "$work/pack.log"; wrong "the transport library cannot be packed."; }
look Microsoft.ML.OtdRouting.Transport lib/net8.0/Microsoft.ML.OtdRouting.Transport.dll lib/net8.0/Microsoft.ML.OtdRouting.Transport.xml
unzip -Z1 "$work"/packages/Microsoft.ML.OtdRouting.Transport.*.snupkg | grep '\.pdb$' > /dev/null || wrong "there are no symbols of the transport library."

for project in Microsoft.ML.OtdRouting Microsoft.ML.OtdRouting.Tool; do
    pack "$project" || { cat "$work/pack.log"; wrong "$project cannot be packed."; }
done
look Microsoft.ML.OtdRouting lib/net8.0/Microsoft.ML.OtdRouting.dll lib/net8.0/Microsoft.ML.OtdRouting.xml
for dependency in Microsoft.ML Microsoft.ML.ImageAnalytics Microsoft.ML.OnnxTransformer Microsoft.ML.OtdRouting.Transport; do
    unzip -p "$work"/packages/Microsoft.ML.OtdRouting.[0-9]*.nupkg '*.nuspec' | grep > /dev/null "id=\"$dependency\"" || wrong "Microsoft.ML.OtdRouting does not ask for $dependency."
done
unzip -Z1 "$work"/packages/Microsoft.ML.OtdRouting.[0-9]*.snupkg | grep '\.pdb$' > /dev/null || wrong "there are no symbols of the library."
look Microsoft.ML.OtdRouting.Tool otd.dll DotnetToolSettings.xml THIRD-PARTY-NOTICES.txt
dotnet tool install Microsoft.ML.OtdRouting.Tool --tool-path "$work/tool" --add-source "$work/packages" --version "$(dotnet msbuild "$root/src/Microsoft.ML.OtdRouting.Tool" -getProperty:Version)"
"$work/tool/otd" --version
"$work/tool/otd" doctor --model "$root/examples/models/fashion-resnet8-10.onnx@10" --model "$root/examples/models/fashion-resnet8-28.onnx@28"
echo "The packages are in order, and the packed tool works."
