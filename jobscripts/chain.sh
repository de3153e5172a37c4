#!/usr/bin/env bash
# A chain of Slurm jobs instead of one that goes back to the queue, for sites that do not let users
# requeue: each job starts when the one before it has ended (whatever its status) and continues the
# run; the one that finishes it cancels the rest.
#
# usage: jobscripts/chain.sh LENGTH JOB [options of foundation optimize]
#   LENGTH   jobs at most; as many as the run may need allocations
set -euo pipefail

# >>> adapt to your site: options of sbatch for every job, beside those in optimize.sbatch
options=()  # for example: (--time=04:00:00 --account=ACCOUNT)
# <<< adapt to your site
# shellcheck source=jobscripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case "${1:-}" in --help | -h) usage_of "$0" && exit 0 ;; esac
[ $# -ge 2 ] || fail 2 "LENGTH and JOB are required" "$0 --help"
[[ $1 =~ ^[1-9][0-9]*$ ]] || fail 2 "LENGTH is a positive number, not '$1'" "$0 --help"
[ -f "$2" ] || fail 2 "there is no job file '$2'"
command -v sbatch >/dev/null || fail 2 "there is no command 'sbatch'" "chains are for Slurm"
length=$1
shift

name=foundation-chain-$(date +%s)-$$  # the last job of a run finds the others by it
submit() {
  FOUNDATION_CHAIN=yes sbatch --parsable --job-name="$name" --no-requeue \
    ${options[@]+"${options[@]}"} "$@"
}

first=$(submit "$root/jobscripts/optimize.sbatch" "$@") || fail 5 "sbatch refused the first job"
previous=${first%%;*}
ids=("$previous")
for ((link = 2; link <= length; ++link)); do
  next=$(submit --dependency="afterany:$previous" "$root/jobscripts/optimize.sbatch" "$@") || {
    warn "sbatch refused job $link of $length; the chain is shorter"
    break
  }
  previous=${next%%;*}
  ids+=("$previous")
done
echo "submitted: ${ids[*]}"
echo "stop it:   scancel --name=$name"
