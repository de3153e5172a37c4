# What the scripts share; sourced, never run. Sets `root`, the folder of the project.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '\n==> %s\n' "$*"; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# fail STATUS MESSAGE [HINT]
fail() {
  printf 'error: %s\n' "$2" >&2
  if [ $# -gt 2 ]; then printf '  help: %s\n' "$3" >&2; fi
  exit "$1"
}

# usage_of SCRIPT: the comment at its head, which is its documentation.
usage_of() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1"; }

# timed NAME COMMAND...: runs it and prints how long it took; ends with the command's status.
timed() {
  local name=$1 started=$SECONDS status=0
  shift
  "$@" || status=$?
  printf -- '--- %s: %d s\n' "$name" $((SECONDS - started))
  return "$status"
}

# How many compilers fit: one a core, but no more than one a GiB of free memory.
parallel_jobs() {
  local cores free_gib
  cores=$(nproc)
  free_gib=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  if [ "$free_gib" -lt 1 ]; then free_gib=1; fi
  if [ "$cores" -lt "$free_gib" ]; then echo "$cores"; else echo "$free_gib"; fi
}

# configure PRESET: says nothing unless it fails.
configure() {
  local preset=$1 output
  output=$(cd "$root" && cmake --preset "$preset" 2>&1) || {
    printf '%s\n' "$output" >&2
    fail 5 "CMake cannot configure the preset '$preset'" "the lines above say why; if the \
compiler or a library has changed: rm -rf build/$preset"
  }
}

# build PRESET [cmake --build arguments]
build() {
  local preset=$1
  shift
  cmake --build "$root/build/$preset" --parallel "$(parallel_jobs)" "$@" || fail 5 \
    "the build of '$preset' failed" "the first error above says why"
}
