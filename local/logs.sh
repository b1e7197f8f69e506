#!/usr/bin/env bash
# The last lines of each component's log; on a terminal, readable, and those to come, until Ctrl-C.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

compgen -G "$state/*.log" >/dev/null || give_up 'there are no logs: nothing has run in local mode' 0
if [ -t 1 ]; then tail -n 50 -F "$state"/*.log 2>/dev/null | scripts/readable-logs.sh; else tail -n 100 "$state"/*.log; fi
