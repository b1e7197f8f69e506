#!/usr/bin/env bash
# Prints MODE if it names a mode, else the mode that was last brought up, else local. Without the argument "kubernetes", refuses that mode.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

case ${MODE:-} in
  docker | local | kubernetes) mode=$MODE ;;
  *) mode=$(recorded_mode) ;;
esac
[ "$mode" != kubernetes ] || [ "${1:-}" = kubernetes ] || give_up 'lessons and make doctor work only in Docker mode and local mode'
echo "${mode:-local}"
