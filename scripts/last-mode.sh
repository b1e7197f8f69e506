#!/usr/bin/env bash
# Prints MODE if it names a mode, else the mode that was last brought up, else local.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

case ${MODE:-} in
  docker | local) echo "$MODE" ;;
  *)
    mode=$(sed -n 's/^MODE=//p' "$record" 2>/dev/null || true)
    [ "$mode" != kubernetes ] || give_up 'faults, lessons and the doctor work in Docker mode and in local mode'
    echo "${mode:-local}"
    ;;
esac
