#!/bin/sh
# Compares otd transport with POT on the same files and prints the ratios. Needs Debian's python3-pot.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import ot' 2>/dev/null || { echo "POT is missing: apt-get install python3-pot" >&2; exit 1; }
dotnet build "$here/../src/Microsoft.ML.OtdRouting.Tool" -c Release --nologo -v quiet
exec "$python" "$here/compare-with-pot.py" "$here/../src/Microsoft.ML.OtdRouting.Tool/bin/Release/net10.0/otd.dll"
