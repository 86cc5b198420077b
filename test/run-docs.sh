#!/usr/bin/env bash
# Runs every command block of the README and of docs/getting-started.md, in order, on a fresh clone of the last commit.
#
#   bash test/run-docs.sh [page.md ...]
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
pages=("$@")
[ ${#pages[@]} -gt 0 ] || pages=(README.md docs/getting-started.md)
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
git clone --quiet "$root" "$work/clone"
cd "$work/clone"

for page in "${pages[@]}"; do
    # One script a page: what a block sets, later ones see, as in the shell of a reader.
    awk '
        /^```bash$/ { inside = 1; print "echo \"----- block " ++blocks "\""; next }
        /^```$/ { inside = 0; next }
        inside { print }
        END { if (!blocks) exit 1 }
    ' "$page" > "$work/commands.sh" || { echo "$page has no command blocks."; exit 1; }
    echo "===== $page"
    bash -euo pipefail "$work/commands.sh" || { echo "$page: a command failed."; exit 1; }
done
echo "All commands of ${pages[*]} ran."
