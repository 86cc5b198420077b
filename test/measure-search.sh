#!/usr/bin/env bash
# Measures what searches over ways to fit find and take, and writes docs/search-results.md. What it needs is what test/measure-routing.sh needs.
#
#   bash test/measure-search.sh
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
bash "$root/test/measure-routing.sh" --only search
cp "$root/artifacts/search-results.md" "$root/docs/search-results.md"
