#!/usr/bin/env bash
# Runs a command with the mode and the ports of the last make up in its environment.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

load_last_settings
MODE=$(scripts/last-mode.sh)
export MODE
exec "$@"
