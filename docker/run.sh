#!/usr/bin/env bash
# The stack in containers: up, down, status, logs, clean. Called by scripts/run-in-mode.sh.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. docker/engine.sh
load_settings .env

problem=$(engine_problem)
[ -z "$problem" ] || give_up "$problem"
refuse_other_clone
case $1 in
  up) . docker/up.sh ;;
  down) docker compose down --remove-orphans ;;
  status) docker compose ps --all ;;
  logs) if [ -t 1 ]; then docker compose logs --tail 50 --follow --no-color | scripts/readable-logs.sh; else docker compose logs --tail 100; fi ;;
  clean) docker compose down --remove-orphans --volumes ;;
esac
