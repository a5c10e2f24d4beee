#!/bin/sh
# Installs self-scaling from this folder as a service; run it again to upgrade. Files of yours are never overwritten.
set -eu

usage() {
  cat <<'TEXT'
usage: install.sh [--prefix DIR] [--dry-run]

  --prefix DIR   install below DIR instead of /, and start nothing
  --dry-run      say what would be done
TEXT
}

prefix=''
dry=''
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:?--prefix needs a directory}; shift 2 ;;
    --dry-run) dry=yes; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
version=$(cat "$here/VERSION")
home=$prefix/opt/self-scaling
etc=$prefix/etc/self-scaling
unit=$prefix/etc/systemd/system/self-scaling.service

run() {
  if [ -n "$dry" ]; then echo "would run: $*"; else "$@"; fi
}

if [ -z "$prefix" ] && [ "$(id -u)" != 0 ] && [ -z "$dry" ]; then
  echo 'install.sh: run me as root, or with --prefix DIR' >&2
  exit 1
fi

previous=$(readlink "$home/current" 2>/dev/null || true)
run mkdir -p "$home" "$etc" "$(dirname "$unit")"
if [ ! -d "$home/$version" ]; then
  # Whole or not at all: the link is changed last.
  run rm -rf "$home/.$version"
  run mkdir -p "$home/.$version"
  run cp -R "$here/app" "$here/bin" "$home/.$version/"
  run mv "$home/.$version" "$home/$version"
fi
run cp "$here/self-scaling.service" "$unit"
if [ ! -e "$etc/self-scaling.yaml" ]; then
  run cp "$here/self-scaling.yaml" "$etc/self-scaling.yaml"
fi
if [ ! -e "$etc/kubeconfig" ]; then
  echo "put a kubeconfig of the cluster at $etc/kubeconfig (mode 0600) before the service starts"
fi
run ln -sfn "$version" "$home/current"

# The last version stays, for the way back: ln -sfn VERSION $home/current. Run twice, it stays all the same.
if [ "$previous" != "$version" ]; then
  for old in "$home"/*; do
    name=$(basename "$old")
    case $name in
      current | "$version" | "$previous" | '*') ;;
      *) run rm -rf "$old" ;;
    esac
  done
fi

if [ -z "$prefix" ]; then
  run systemctl daemon-reload
  run systemctl enable self-scaling.service
  if [ -e "$etc/kubeconfig" ]; then run systemctl restart self-scaling.service; fi
fi
echo "self-scaling $version is installed; the log: journalctl -u self-scaling"
