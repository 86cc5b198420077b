#!/usr/bin/env bash
# Measures whether promises (QualityTarget) are kept and what they take, and writes docs/promise-results.md. What it needs is what
# test/measure-routing.sh needs; it takes some minutes for its 900 fits.
#
#   bash test/measure-promise.sh
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bash "$root/test/measure-routing.sh" --only promise
cp "$root/artifacts/promise-results.md" "$root/docs/promise-results.md"
