#!/bin/sh
# Removes self-scaling; history, forecasts and settings stay unless --purge is given.
set -eu

prefix=''
purge=''
while [ $# -gt 0 ]; do
  case $1 in
    --prefix) prefix=${2:?--prefix needs a directory}; shift 2 ;;
    --purge) purge=yes; shift ;;
    *) echo 'usage: uninstall.sh [--prefix DIR] [--purge]' >&2; exit 2 ;;
  esac
done

if [ -z "$prefix" ]; then
  systemctl disable --now self-scaling.service || true
fi
rm -f "$prefix/etc/systemd/system/self-scaling.service"
rm -rf "$prefix/opt/self-scaling"
if [ -n "$purge" ]; then
  rm -rf "$prefix/etc/self-scaling" "$prefix/var/lib/self-scaling" "$prefix/var/lib/private/self-scaling"
else
  echo "kept: $prefix/etc/self-scaling, $prefix/var/lib/self-scaling"
fi
if [ -z "$prefix" ]; then systemctl daemon-reload; fi
