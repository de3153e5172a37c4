#!/usr/bin/env bash
# Installs what the build needs and is not there yet (Debian and Ubuntu), or names what is missing
# and what usually provides it (everywhere else). Ends with 0 if everything is there at last.
#
# usage: jobscripts/install-dependencies.sh [--tests] [--full] [--catalogue] [--help]
#   --tests      also what the tests need
#   --full       also what tests/run.sh --full needs
#   --catalogue  also see to it that apt's package catalogue is there (example data; never fails)
set -euo pipefail
# shellcheck source=jobscripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

lock_patience_s=120
# Packages with services that tests start for themselves; the machine shall not run them.
service_packages=(munge:munge slurm-wlm:slurmctld slurm-wlm:slurmd)
service_policy=/usr/sbin/policy-rc.d

# The packages of some sections of the list, in its order.
packages_of() {
  local section
  for section in "$@"; do
    awk -v wanted="[$section]" '/^\[/ {inside = $0 == wanted; next} inside && NF && !/^#/' \
      "$root/jobscripts/packages-debian.txt"
  done
}

missing_packages() {
  local package
  for package in "$@"; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      echo "$package"
    fi
  done
}

# as_root COMMAND...: fails with 1 if that is impossible without asking for a password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

can_be_root() {
  [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

# apt-get without questions; waits for another installer to finish. Its output goes to $apt_log.
apt_get() {
  local started=$SECONDS
  while true; do
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
      -o DPkg::Lock::Timeout="$lock_patience_s" "$@" >"$apt_log" 2>&1 </dev/null; then
      return 0
    fi
    if ! grep -qE 'Could not get lock|Unable to (acquire|lock)' "$apt_log" ||
      [ $((SECONDS - started)) -ge "$lock_patience_s" ]; then
      return 1
    fi
    echo "another installer is at work; waiting"
    sleep 3
  done
}

# From now to the end of this script, packages that are installed start no service: what installs
# them asks this file, if there is one.
hold_services() {
  if [ -e "$service_policy" ]; then return; fi
  trap 'rm -f "$apt_log"; as_root rm -f "$service_policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$service_policy" >/dev/null
  as_root chmod +x "$service_policy"
}

# Nor do they start with the machine: services of the packages that have just been installed.
disable_services() {
  local pair
  for pair in "${service_packages[@]}"; do
    if [[ " $* " == *" ${pair%:*} "* ]]; then
      as_root update-rc.d "${pair#*:}" disable >"$apt_log" 2>&1 ||
        warn "the service '${pair#*:}' may start with the machine; the tests do not need it"
    fi
  done
}

# The lists may be absent (fresh container) or name versions that are gone: then update, once.
install_packages() {
  if apt_get install --no-install-recommends "$@"; then return; fi
  echo "updating the package lists"
  if apt_get update && apt_get install --no-install-recommends "$@"; then return; fi
  tail -n 20 "$apt_log" >&2
  fail 5 "apt-get could not install: $*" "its last lines are above"
}

install_on_debian() {
  local -a wanted missing
  mapfile -t wanted < <(packages_of "$@")
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  if [ ${#missing[@]} -eq 0 ]; then
    echo "everything needed is installed"
    return
  fi
  if ! can_be_root; then
    fail 5 "these packages are missing and only root may install them: ${missing[*]}" \
      "ask an administrator to run: apt-get install --no-install-recommends ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  hold_services
  timed installation install_packages "${missing[@]}"
  disable_services "${missing[@]}"
}

# Lists what is missing by looking for it the way the build does.
check_elsewhere() {
  local tool build_tests=OFF log
  local -a missing=()
  for tool in c++:gcc@12 cmake:cmake@3.25 ninja:ninja mpirun:openmpi@4; do
    if ! command -v "${tool%%:*}" >/dev/null; then
      missing+=("  - ${tool%%:*}"$'\n'"      spack install ${tool##*:}:")
    fi
  done
  if [ ${#missing[@]} -gt 0 ]; then
    printf '%s\n' "${missing[@]}" >&2
    fail 5 "tools are missing (above)" "on clusters, 'module avail' lists them under their names"
  fi
  case " $* " in *" tests "*) build_tests=ON ;; esac
  log=$(mktemp -d)
  if ! cmake -S "$root" -B "$log" -G Ninja -DFOUNDATION_ONLY_DEPENDENCIES=ON \
    -DFOUNDATION_BUILD_TESTS="$build_tests" >"$log/output" 2>&1; then
    grep -v '^--' "$log/output" >&2
    rm -rf "$log"
    fail 5 "libraries are missing (above)" "then run the same command again"
  fi
  rm -rf "$log"
  echo "everything needed is there"
}

# The catalogue is data of the first example: absent on fresh containers until the first update.
load_catalogue() {
  local known
  known=$(apt-cache dumpavail 2>/dev/null | grep -c '^Package:') || true
  if [ "$known" -lt 1000 ] && can_be_root; then
    echo "updating the package lists"
    apt_get update || warn "apt-get update failed: there is no package catalogue"
  fi
}

sections=(build)
catalogue=no
for argument in "$@"; do
  case "$argument" in
    --tests) sections+=(tests) ;;
    --full) sections+=(full workloads benchmarks) ;;
    --catalogue) catalogue=yes ;;
    --help | -h) usage_of "$0" && exit 0 ;;
    *) fail 2 "unknown option '$argument'" "$0 --help" ;;
  esac
done

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  apt_log=$(mktemp)
  trap 'rm -f "$apt_log"' EXIT
  install_on_debian "${sections[@]}"
  if [ "$catalogue" = yes ]; then load_catalogue; fi
else
  check_elsewhere "${sections[@]}"
fi
