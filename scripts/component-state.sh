# shellcheck shell=bash
# shellcheck disable=SC2154 # mode comes from the script that sources this, state from scripts/settings.sh
# Sourced: whether a component runs.

# component_state COMPONENT: running, paused or exited, in Docker mode followed by its health; nothing if it was not started.
component_state() {
  local pid
  if [ "$mode" = docker ]; then
    docker compose ps --all --format json "$1" 2>/dev/null | jq -rs 'flatten[0] // empty | "\(.State) \(.Health)"' || true
  elif pid=$(local_pid "$1"); then
    case $(ps -o stat= -p "$pid") in
      '' | Z*) echo exited ;;
      T*) echo paused ;;
      *) echo running ;;
    esac
  fi
}

# local_pid COMPONENT: the process id in local mode, even if the process has ended.
local_pid() { jq -re .pid "$state/$1.json" 2>/dev/null; }
