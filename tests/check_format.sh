#!/usr/bin/env bash
# Compares the layout of every C++ file with what .clang-format asks for; changes nothing.
# usage: tests/check_format.sh CLANG_FORMAT      (to mend: CLANG_FORMAT -i FILE)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find src apps tests -name '*.hpp' -print0 -o -name '*.cpp' -print0 |
  xargs -0 -P 2 -n 16 "${1:?usage: $0 CLANG_FORMAT}" --dry-run --Werror
