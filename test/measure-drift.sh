#!/usr/bin/env bash
# Measures how routers keep to their budgets while images change, and drift alarms, and writes docs/drift-results.md. What it needs is what
# test/measure-routing.sh needs; it takes some minutes, most of them for the 200 fits of the false alarms.
#
#   bash test/measure-drift.sh
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bash "$root/test/measure-routing.sh" --only drift
cp "$root/artifacts/drift-results.md" "$root/docs/drift-results.md"
