#!/usr/bin/env bash
# Fuzzes every parser, one after the other: new inputs go to build/fuzz/corpus, findings to
# build/fuzz/findings. A finding belongs into tests/fuzz/corpus/<target>/crash-<what>, with its fix.
#
# usage: tests/fuzz/run.sh [--seconds N] [--jobs N] [TARGET ...]
#   --seconds N   for each target, 30 by default
#   --jobs N      so many targets at a time, 1 by default
set -euo pipefail
# shellcheck source=jobscripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../jobscripts/common.sh"

seconds=30
jobs=1
targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=${2:?--seconds needs a number} && shift ;;
    --jobs) jobs=${2:?--jobs needs a number} && shift ;;
    --help | -h) usage_of "$0" && exit 0 ;;
    -*) fail 2 "unknown option '$1'" "$0 --help" ;;
    *) targets+=("$1") ;;
  esac
  shift
done

binaries="$root/build/fuzz/tests/fuzz"
if [ ${#targets[@]} -eq 0 ]; then
  for program in "$binaries"/fuzz-*; do targets+=("${program##*/fuzz-}"); done
fi

# fuzz TARGET: status 0 without a finding; the last line says how many executions there were.
fuzz() {
  local target=$1 corpus="$root/build/fuzz/corpus/$1" findings="$root/build/fuzz/findings/$1"
  mkdir -p "$corpus" "$findings"
  local log="$findings/log"
  if "$binaries/fuzz-$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
    -malloc_limit_mb=512 -max_len=8192 -print_final_stats=1 -close_fd_mask=1 \
    -artifact_prefix="$findings/" "$corpus" "$root/tests/fuzz/corpus/$target" > "$log" 2>&1; then
    printf '%-12s %12s executions, no finding\n' "$target" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    printf '%-12s FINDING: see %s\n' "$target" "$log"
    return 1
  fi
}

failed=0
running=0
for target in "${targets[@]}"; do
  fuzz "$target" &
  running=$((running + 1))
  if [ "$running" -ge "$jobs" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit "$failed"
