#!/bin/sh
# Installs what `npm run bench` compares with: mawk and strace from Debian (ripgrep and split2 come with npm ci).
set -eu
missing=
for program in mawk strace bwrap tar cc; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
[ -n "$missing" ] || exit 0
echo "missing:$missing" >&2
apt-get update -q
apt-get install -y --no-install-recommends mawk strace bubblewrap tar gcc libc6-dev
