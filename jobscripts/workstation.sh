#!/usr/bin/env bash
# From a fresh machine to a finished optimisation: installs what is missing, builds, makes the
# example, runs it on MPI ranks, prints the result and what to do next. A second call reuses all
# of it.
#
# usage: jobscripts/workstation.sh [--ranks N] [--folder DIR] [--build-only] [--help]
#   --ranks N      MPI ranks (default 4)
#   --folder DIR   folder of the example job and its runs (default: example/ in the project)
#   --build-only   stop after the build
set -euo pipefail
# shellcheck source=jobscripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

ranks=4
folder=$root/example
build_only=no
while [ $# -gt 0 ]; do
  case "$1" in
    --ranks) ranks=${2:?--ranks needs a number} && shift ;;
    --ranks=*) ranks=${1#*=} ;;
    --folder) folder=${2:?--folder needs a folder} && shift ;;
    --folder=*) folder=${1#*=} ;;
    --build-only) build_only=yes ;;
    --help | -h) usage_of "$0" && exit 0 ;;
    *) fail 2 "unknown option '$1'" "$0 --help" ;;
  esac
  shift
done
[[ $ranks =~ ^[1-9][0-9]*$ ]] || fail 2 "--ranks wants a positive number, not '$ranks'"

foundation=$root/build/release/bin/foundation

make_example() {
  if [ -f "$folder/job.toml" ]; then
    echo "$folder/job.toml is there already"
  elif ! "$foundation" init packages "$folder"; then
    warn "no package catalogue on this machine: using the generated numeric example"
    "$foundation" init oscillator "$folder"
  fi
}

run_job() {
  local status=0
  if [ "$(id -u)" -eq 0 ]; then  # Open MPI asks root to say so twice
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
  mpirun -n "$ranks" --oversubscribe --bind-to none \
    "$foundation" optimize "$folder/job.toml" || status=$?
  case "$status" in
    0) ;;
    3) fail 3 "the run stopped early" "the same command continues it: $0" ;;
    *) fail "$status" "the run ended with status $status" "README.md lists what they mean" ;;
  esac
}

say "1/4 dependencies"
"$root/jobscripts/install-dependencies.sh" --catalogue

say "2/4 build (Release, $(parallel_jobs) at a time)"
configure release
timed build build release --target foundation
if [ "$build_only" = yes ]; then
  echo "built: $foundation"
  exit 0
fi

say "3/4 example in $folder"
timed example make_example

say "4/4 main job on $ranks ranks"
timed run run_job
"$foundation" report "$folder/runs/latest"

cat <<END

All of it took $SECONDS s. Next, with the program on your PATH:
    export PATH=$(dirname "$foundation"):\$PATH
the result again:
    foundation report $folder/runs/latest
what this machine grants, and what to mend:
    foundation doctor
Change a key of $folder/job.toml and run it again, or see
$root/README.md for your own data in five minutes.
END
