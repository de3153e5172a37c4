#!/usr/bin/env bash
# Runs shellcheck on every shell script of the tree, sourced files included.
# usage: tests/check_shell.sh SHELLCHECK
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts=()
while IFS= read -r -d '' file; do
  IFS= read -r first_line <"$file" || true
  if [[ $first_line =~ ^#!.*[/\ ](ba|da)?sh$ ]]; then scripts+=("$file"); fi
done < <(find . \( -name .git -o -name 'build*' -o -name runs -o -name example \) -prune \
  -o -type f -print0 | sort -z)
echo "${#scripts[@]} scripts: ${scripts[*]}"
"${1:?usage: $0 SHELLCHECK}" --external-sources --source-path=SCRIPTDIR "${scripts[@]}"

for script in "${scripts[@]}"; do
  [ -x "$script" ] || { echo "$script: no run bit"; exit 1; }
done
