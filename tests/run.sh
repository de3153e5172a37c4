#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors and contracts on, and runs every test
# through ctest. Works from any folder.
#
# usage: tests/run.sh [--full] [-R REGEX] [-E REGEX] [-L REGEX] [--help]
#   --full    also what takes longer: tests labelled "long", clang++, address, undefined-behaviour
#             and thread sanitizers, half a minute of fuzzing for each parser
#   -R, -E, -L REGEX  only tests whose name matches, does not match, whose label matches
set -euo pipefail
# shellcheck source=jobscripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../jobscripts/common.sh"

full=no
ctest_options=()
while [ $# -gt 0 ]; do
  case "$1" in
    --full) full=yes ;;
    -R | -E | -L) ctest_options+=("$1" "${2:?$1 needs a regular expression}") && shift ;;
    --help | -h) usage_of "$0" && exit 0 ;;
    *) fail 2 "unknown option '$1'" "$0 --help" ;;
  esac
  shift
done

failed=()
# run_preset PRESET [TEST_PRESET]: configure, build, test. A failing test does not keep the other
# presets from running; a failing build ends the script.
run_preset() {
  local preset=$1 tests=${2:-$1}
  say "$preset: build"
  configure "$preset"
  timed "build of $preset" build "$preset"
  say "$preset: tests"
  timed "tests of $preset" run_tests "$tests" || failed+=("$preset")
}

# Tests claim hundredths of a core (src/cmake/FoundationTesting.cmake).
run_tests() {
  cd "$root"
  ctest --preset "$1" --parallel "$(($(nproc) * 100))" --no-label-summary \
    ${ctest_options[@]+"${ctest_options[@]}"}
}

if [ "$full" = yes ]; then
  "$root/jobscripts/install-dependencies.sh" --tests --full
  run_preset tests tests-long
  for preset in clang asan-ubsan tsan; do run_preset "$preset"; done
  say "fuzz: build"
  configure fuzz
  timed "build of fuzz" build fuzz --target foundation_fuzzers
  timed "fuzzing" "$root/tests/fuzz/run.sh" || failed+=("fuzz")
else
  "$root/jobscripts/install-dependencies.sh" --tests
  run_preset tests
fi

printf '\nAll of it took %d s.\n' "$SECONDS"
if [ ${#failed[@]} -gt 0 ]; then fail 1 "tests failed with: ${failed[*]}"; fi
