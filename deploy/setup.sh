#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing to build, run and test Loopdock on Debian 12: the packages of
# deploy/packages.txt, Node.js with npm if PATH has none, and the npm packages of package-lock.json.
# Says what it is going to install first; says nothing and changes nothing when nothing is missing.
# Runs as root, or as a user who may use sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "set-up: $*"; }
fail() {
  echo "set-up: $*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "installing packages needs root: run '$*' as root, or install sudo"
  fi
}

# Prints each package of the arguments that is not installed.
missing_of() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$installed")
}

install_debian_packages() {
  command -v dpkg-query >/dev/null ||
    fail "this is no Debian system; install what deploy/packages.txt lists by hand"
  local wanted missing
  mapfile -t wanted < <(sed -E 's/#.*//; s/^[[:space:]]*([^[:space:]]*).*/\1/; /^$/d' deploy/packages.txt)
  command -v node >/dev/null || wanted+=(nodejs)
  command -v npm >/dev/null || wanted+=(npm)
  mapfile -t missing < <(missing_of "${wanted[@]}")
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "will install ${#missing[@]} Debian packages: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    "${missing[@]}" </dev/null
}

# node_modules carries the hash of the lock file that it was made from.
install_npm_packages() {
  local lock_hash mark=node_modules/.lock-hash
  lock_hash=$(sha256sum <package-lock.json)
  if [ -f "$mark" ] && [ "$(<"$mark")" = "$lock_hash" ]; then return 0; fi
  say "will install into node_modules what package-lock.json lists:" \
    "$(sed -n 's/^ *"node_modules\/\([^"]*\)": {$/\1/p' package-lock.json | tr '\n' ' ')"
  # No package needs its install script; --ignore-scripts keeps it so.
  npm ci --ignore-scripts --no-progress --loglevel=error </dev/null
  echo "$lock_hash" >"$mark"
}

install_debian_packages
install_npm_packages
