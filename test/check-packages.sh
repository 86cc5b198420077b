#!/usr/bin/env bash
# Packs what users install and looks into the packages; a new application takes the library from them, and the packed tool is installed and run.
#
#   bash test/check-packages.sh [--no-build]       build/test.sh, which has built already, says --no-build
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

wrong() { echo "check-packages: $*" >&2; exit 1; }
quietly() { "$@" > "$work/log" 2>&1 || { cat "$work/log"; wrong "'$*' failed."; }; }
tool_property() { dotnet msbuild "$root/src/Microsoft.ML.OtdRouting.Tool" -getProperty:"$1"; }

version="$(tool_property Version)"
automl=() # Only what was built against AutoML's package is one.
[ "${UseAutoMLPackage:-}" != true ] || automl=(Microsoft.ML.OtdRouting.AutoML)
for project in Microsoft.ML.OtdRouting.{Transport,TorchSharp{,.Tool},Tool} Microsoft.ML.OtdRouting "${automl[@]}"; do
    quietly dotnet pack "$root/src/$project" -c Release -o "$work/packages" --verbosity quiet "$@"
done

# Both unpack what they install. Of the packages of others, those that this machine has already are taken from where they are.
mkdir "$work/app"
cat > "$work/app/app.csproj" << END
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <InvariantGlobalization>true</InvariantGlobalization>
    <RestoreAdditionalProjectSources>$work/packages</RestoreAdditionalProjectSources>
    <RestorePackagesPath>$work/unpacked</RestorePackagesPath>
    <RestoreFallbackFolders>$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')</RestoreFallbackFolders>
    <DirectoryBuildTargetsPath>$root/Directory.Build.targets</DirectoryBuildTargetsPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Microsoft.ML.OtdRouting" />
    <PackageReference Include="Microsoft.ML.OtdRouting.TorchSharp" />
    ${automl:+<PackageReference Include="$automl" />}
    <PackageReference Include="Microsoft.ML.OnnxRuntime" />
  </ItemGroup>
</Project>
END
cat > "$work/app/Directory.Packages.props" << END
<Project>
  <Import Project="$root/Directory.Packages.props" />
  <ItemGroup>
    <PackageVersion Include="Microsoft.ML.OtdRouting" Version="$version" />
    <PackageVersion Include="Microsoft.ML.OtdRouting.TorchSharp" Version="$version" />
    ${automl:+<PackageVersion Include="$automl" Version="$version" />}
  </ItemGroup>
</Project>
END
cat > "$work/app/Program.cs" << 'END'
using Microsoft.ML;
using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.Training;

Console.WriteLine($"{new MLContext().OtdRouting().Describe(new Resolution(args[0], 10)).OutputLength} classes");
try
{
    LibTorch.Require();
}
catch (NotSupportedException e)
{
    Console.WriteLine(e.Message);
}
END
quietly dotnet build "$work/app" -c Release --verbosity quiet
answer="$(dotnet "$work/app/bin/Release/net10.0/app.dll" "$root/examples/models/fashion-resnet8-10.onnx")"
# Which is wrong first, that libtorch is missing or that the system is too old for it, is the system's.
[[ "$answer" == $'10 classes\nlibtorch cannot be loaded: '* ]] || wrong "an application with the libraries said '$answer' of a model with 10 classes and libtorch that is not there."
quietly dotnet tool install Microsoft.ML.OtdRouting.Tool --tool-path "$work/tool" --source "$work/packages" --version "$version"
[ "$("$work/tool/otd" --version)" = "$(dotnet "$root/src/Microsoft.ML.OtdRouting.Tool/bin/Release/net10.0/otd.dll" --version)" ] || wrong "otd is of another version."
quietly dotnet tool install Microsoft.ML.OtdRouting.TorchSharp.Tool --tool-path "$work/tool" --source "$work/packages" --version "$version"
# The tool that trains stands beside the other one, which hands over to it.
grep -q 'otd adapt --model' <<< "$("$work/tool/otd" adapt --help)" || wrong "otd does not hand over to otd-train."
quietly "$work/tool/otd" doctor --model "$root/examples/models/fashion-resnet8-10.onnx@10" --model "$root/examples/models/fashion-resnet8-28.onnx@28"

# $1: package, $2: where it was unpacked, $3...: files that must be in it. In every package: readme, icon, licence, description, tags, symbols
# beside it, nothing of tests.
look() {
    local package="$1" files nuspec
    [ -d "$2" ] || wrong "$package $version was taken from the packages that this machine has already; remove it there."
    files="$(cd "$2" && find . -type f | sed 's:^\./::')"
    nuspec="$(cat "$2"/*.nuspec)"
    for file in PACKAGE.md icon.png LICENSE "${@:3}"; do
        grep -qxF "$file" <<< "$files" || wrong "$package lacks $file."
    done
    for element in '<license type="expression">MIT</license>' '<readme>PACKAGE.md</readme>' '<icon>icon.png</icon>' '<description>' '<tags>'; do
        grep -qF "$element" <<< "$nuspec" || wrong "the nuspec of $package lacks $element."
    done
    ! grep -qi 'xunit\|\.Tests' <<< "$files" || wrong "$package holds tests."
    grep -qa '\.pdb' "$work/packages/$package.$version.snupkg" || wrong "there are no symbols of $package."
    echo "$package: $(du -k "$work/packages/$package.$version.nupkg" | cut -f1) kB."
}

for package in Microsoft.ML.OtdRouting.{Transport,TorchSharp} Microsoft.ML.OtdRouting "${automl[@]}"; do
    look "$package" "$work/unpacked/${package,,}/$version" "lib/net8.0/$package.dll" "lib/net8.0/$package.xml"
done
for dependency in Microsoft.ML Microsoft.ML.ImageAnalytics Microsoft.ML.OnnxTransformer Microsoft.ML.OtdRouting.Transport; do
    grep -qF "id=\"$dependency\"" "$work/unpacked/microsoft.ml.otdrouting/$version/"*.nuspec || wrong "Microsoft.ML.OtdRouting does not ask for $dependency."
done

grep -qF 'id="TorchSharp"' "$work/unpacked/microsoft.ml.otdrouting.torchsharp/$version/"*.nuspec || wrong "Microsoft.ML.OtdRouting.TorchSharp does not ask for TorchSharp."

# What is built against the stand-in stays here.
quietly dotnet pack "$root/src/Microsoft.ML.OtdRouting.AutoML" -c Release -o "$work/automl" --verbosity quiet "$@"
if [ ${#automl[@]} -gt 0 ]; then
    grep -qF 'id="Microsoft.ML.AutoML"' "$work/unpacked/microsoft.ml.otdrouting.automl/$version/"*.nuspec || wrong "Microsoft.ML.OtdRouting.AutoML does not ask for Microsoft.ML.AutoML."
elif compgen -G "$work/automl/*" > /dev/null; then
    wrong "Microsoft.ML.OtdRouting.AutoML was packed without Microsoft.ML.AutoML."
fi

training="$(dirname "$(find "$work/tool" -iname 'microsoft.ml.otdrouting.torchsharp.tool.nuspec')")"
look Microsoft.ML.OtdRouting.TorchSharp.Tool "$training" tools/net10.0/any/{otd-train.dll,TorchSharp.dll,DotnetToolSettings.xml}
# What is changed to load on older systems is a copy beside the programs that are built here, never what is shipped.
original="$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')torchsharp"
for native in $(cd "$training/tools/net10.0/any" && find . -name 'libLibTorchSharp.so' | sed 's:^\./::'); do
    cmp -s "$training/tools/net10.0/any/$native" "$(find "$original" -path "*/$native" | sort -V | tail -n 1)" || wrong "Microsoft.ML.OtdRouting.TorchSharp.Tool holds a changed $native."
done

tool="$(dirname "$(find "$work/tool" -iname 'microsoft.ml.otdrouting.tool.nuspec')")"
! find "$tool" | grep -qi 'torch' || wrong "Microsoft.ML.OtdRouting.Tool carries libtorch."
look Microsoft.ML.OtdRouting.Tool "$tool" tools/net10.0/any/{otd.dll,DotnetToolSettings.xml} THIRD-PARTY-NOTICES.txt
runtimes=";$(tool_property NativeRuntimes);"
for native in "$tool"/tools/net10.0/any/runtimes/*/native; do
    runtime="$(basename "$(dirname "$native")")"
    [[ "$runtimes" == *";$runtime"[-\;]* ]] || wrong "Microsoft.ML.OtdRouting.Tool holds native libraries of $runtime; it is for $runtimes."
done
echo "The packages are in order, an application can use the library, and the packed tool works."
