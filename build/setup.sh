#!/bin/sh
# Makes a fresh clone ready, before every npm script: the right Node, and the packages of package-lock.json.
# Takes a few milliseconds when nothing is to do. Everything it says goes to stderr: the scripts' own output stays clean.
set -eu
lock=package-lock.json
stamp=node_modules/.forgeboard-lock
installed=node_modules/.package-lock.json # npm writes it at the end of every install

version=$(node --version 2> /dev/null) || version=none
major=${version#v} major=${major%%.*}
minor=${version#v*.} minor=${minor%%.*}
case $major in '' | *[!0-9]*) major=0 minor=0 ;; esac
if [ "$major" -lt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -lt 19 ]; }; then
  echo "ForgeBoard needs Node 20.19 or newer; this is ${version}. See https://nodejs.org" >&2
  exit 1
fi

if cmp -s "$lock" "$stamp"; then
  exit 0
fi
# By content first, since a checkout changes times; by time, so that an "npm install" by hand is not done again.
if [ ! -e "$installed" ] || [ "$lock" -nt "$installed" ]; then
  echo 'Installing packages, about half a minute ...' >&2
  # Not "npm ci": it refuses a lock file written where the registry lacked other platforms' optional packages (esbuild for
  # macOS and so on), and it empties node_modules under whatever runs. Versions and checksums come from the lock file all the same.
  npm install --no-save --include=dev --no-audit --no-fund --loglevel=error >&2
fi
cp "$lock" "$stamp"
