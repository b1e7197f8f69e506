#!/usr/bin/env bash
# The stack without Docker: up, down, status, logs, clean. Called by scripts/run-in-mode.sh.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

case $1 in
  up) make --silent --no-print-directory node_modules/.package-lock.json || exit 1 ;;
  logs) exec local/logs.sh ;;
  *) [ -x node_modules/.bin/node ] || give_up 'nothing has run here in local mode' 0 ;;
esac
exec node_modules/.bin/node --env-file=.env local/main.ts "$1"
