#!/usr/bin/env bash
# The stack without Docker: up, down, status, logs, clean. Called by scripts/run-in-mode.sh.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
load_settings .env

up() {
  require_tools curl jq
  make --silent --no-print-directory node_modules/.package-lock.json || exit 1
  has_node || give_up 'the packages in node_modules/ are incomplete: remove that folder, and run make up again'
  MODE=local faults/fault.sh off >/dev/null
  components up
  . scripts/up.sh
  step "first complete trace" verify_write
  show_addresses ''
}

# On a terminal, readable, and those to come, until Ctrl-C.
logs() {
  compgen -G "$state/*.log" >/dev/null || give_up 'there are no logs: nothing has run in local mode' 0
  if [ -t 1 ]; then tail -n 50 -F "$state"/*.log 2>/dev/null | scripts/readable-logs.sh; else tail -n 100 "$state"/*.log; fi
}

logs_of() { cat "$state/$1.log"; }

has_node() { [ -x node_modules/.bin/node ]; }

components() { node_modules/.bin/node local/main.ts "$1"; }

case $1 in
  up | logs) "$1" ;;
  *)
    has_node || give_up 'nothing has run here in local mode' 0
    components "$1"
    ;;
esac
