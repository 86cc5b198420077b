#!/usr/bin/env bash
# Decides where ML.NET comes from on this machine and brings what the answer needs. Safe and quick to run again.
#
#   bash build/configure.sh                        asks the configured package feeds (once; the answer is kept)
#   bash build/configure.sh --again                asks them anew
#   bash build/configure.sh packages|standin       decides without asking; so does MLNET_SOURCE=packages|standin
#
# The answer goes to build/mlnet.local.props (not in git), which Directory.Build.props imports.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
answer="$root/build/mlnet.local.props"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1

fail() {
    echo "configure: $*" >&2
    exit 1
}

forced="${MLNET_SOURCE:-}"
again=no
for argument in "$@"; do
    case "$argument" in
        packages | standin) forced="$argument" ;;
        --again) again=yes ;;
        *) fail "unknown argument '$argument' (known: packages, standin, --again)." ;;
    esac
done
case "$forced" in
    "" | packages | standin) ;;
    *) fail "MLNET_SOURCE is '$forced'; allowed are packages and standin." ;;
esac

command -v dotnet > /dev/null 2>&1 || fail "'dotnet' was not found; install the .NET SDK 8 or later (https://dot.net)."
sdk="$(dotnet --version 2> /dev/null)" || fail "'dotnet' is here but has no usable SDK; install the .NET SDK 8 or later (https://dot.net)."
[ "${sdk%%.*}" -ge 8 ] 2> /dev/null || fail "the .NET SDK is $sdk; version 8 or later is needed (https://dot.net)."

kept() { # $1: element of the kept answer
    [ -f "$answer" ] && sed -n "s:.*<$1[^>]*>\(.*\)</$1>.*:\1:p" "$answer" | head -n 1
}

# An answer is kept if the feeds gave it and nothing it depends on has changed since.
is_kept() {
    [ "$again" = no ] && [ -f "$answer" ] && [ "$(kept MLNetSourceKept)" = true ] || return 1
    local file
    for file in "$root/Directory.Packages.props" "$root/NuGet.config" "$root/build/configure.sh"; do
        [ "$file" -nt "$answer" ] && return 1
    done
    return 0
}

# Restores the probe, which references the real packages; if that fails, sets reason and whether the feeds have answered.
reason=""
answered=no
feeds_carry_mlnet() {
    local output missing
    if output="$(NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT=2 dotnet restore "$root/build/probe/MLNetProbe.csproj" \
        -p:MLNetSource=packages --verbosity quiet --disable-build-servers 2>&1)"; then
        return 0
    fi

    case "$output" in
        *NU1301*) reason="a package feed of this machine cannot be reached" ;; # then "not found" says nothing
        *NU1100*) reason="no package feed is configured on this machine" ;;
        *NU1101* | *NU1102* | *NU1103*)
            missing="$(printf '%s\n' "$output" | sed -n 's/.*Unable to find package \([A-Za-z0-9.]*[A-Za-z0-9]\).*/\1/p' | sort | head -n 1)"
            reason="the package feeds of this machine do not carry ${missing:-Microsoft.ML} in the version needed"
            answered=yes
            ;;
        *)
            missing="$(printf '%s\n' "$output" | grep -o 'NU[0-9][0-9][0-9][0-9]' | head -n 1 || true)"
            reason="restoring the real packages failed${missing:+ with $missing}; see dotnet restore build/probe -p:MLNetSource=packages"
            ;;
    esac
    return 1
}

keep=false
if [ "$forced" = packages ]; then
    feeds_carry_mlnet || fail "the real ML.NET was asked for, but $reason."
    source=packages
    reason="as asked for"
elif [ "$forced" = standin ]; then
    source=standin
    reason="as asked for"
elif is_kept; then
    source="$(kept MLNetSource)"
    reason="$(kept MLNetSourceReason)"
    keep=true
elif feeds_carry_mlnet; then
    source=packages
    reason="the package feeds of this machine carry it"
    keep=true
else
    source=standin
    [ "$answered" = no ] || keep=true
fi

cat > "$answer.new" << END
<Project>
  <!-- Written by build/configure.sh; not in git. -->
  <PropertyGroup>
    <MLNetSource Condition="'\$(MLNetSource)' == ''">$source</MLNetSource>
    <MLNetSourceReason>$reason</MLNetSourceReason>
    <MLNetSourceKept>$keep</MLNetSourceKept>
  </PropertyGroup>
</Project>
END
if is_kept && cmp -s "$answer.new" "$answer"; then rm "$answer.new"; else mv "$answer.new" "$answer"; fi

# npm packages. The copy of the lock file in node_modules says which installation is there.
bring() { # $1: directory, $2: what it is, $3...: what to remove after the installation
    local name="$1" directory="$root/build/$1" what="$2" output
    shift 2
    cmp -s "$directory/package-lock.json" "$directory/node_modules/.installed" && return 0
    command -v npm > /dev/null 2>&1 || fail "'npm' was not found; install Node.js with npm, it brings $what."
    echo "Bringing $what from npm."
    if ! output="$(npm ci --prefix "$directory" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error 2>&1)"; then
        fail "npm could not bring $what: $(printf '%s\n' "$output" | sed -n 's/^npm \(error\|ERR!\) *//p' | head -n 1) (npm ci in build/$name says more)."
    fi
    (cd "$directory/node_modules" && rm -rf "$@")
    cp "$directory/package-lock.json" "$directory/node_modules/.installed"
}

if [ "$source" = packages ]; then
    echo "ML.NET: the real packages ($reason)."
else
    [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] ||
        fail "the ML.NET stand-in runs on Linux x64 only, and it would be used here because $reason."
    echo "ML.NET: the stand-in in build/standin with the real ONNX Runtime ($reason)."

    # With native libraries.
    ort=com.github.asus4.onnxruntime
    bring onnxruntime "ONNX Runtime (150 MB)" "$ort/Plugins/Android" "$ort/Plugins/iOS~" "$ort/Plugins/macOS" "$ort/Plugins/Windows" "$ort/Editor"
    bring libvips "libvips (8 MB)" @img/sharp-libvips-linux-x64/lib/glib-2.0
fi

# Draws the plots of the tool's reports, which hold it. The libraries and the example do without.
if command -v npm > /dev/null 2>&1; then
    bring echarts "Apache ECharts (12 MB)" zrender tslib echarts/lib echarts/types echarts/extension echarts/i18n echarts/theme echarts/asset echarts/ssr \
        echarts/dist/extension echarts/dist/echarts{,.esm,.common,.simple}.js{,.map} echarts/dist/echarts.esm.mjs{,.map}
else
    echo "npm was not found: the libraries and the example can be built, the tool cannot (its reports hold Apache ECharts, which npm brings)."
fi
