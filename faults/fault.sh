#!/usr/bin/env bash
# Switches faults: a name switches it on and all others off, "off" switches all off, "list" shows them. Needs bash and jq.
#   faults/fault.sh slow-database
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac # without BASH_ENV, CDPATH and exported functions
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. docker/engine.sh
load_settings .env

mode=$(scripts/last-mode.sh kubernetes)
case $mode in
  docker) FAULTS_FILE=.faults/flags.json ;; # docker-compose.yml mounts that folder into the services
  kubernetes)
    . kubernetes/context.sh
    choose_context fault
    FAULTS_FILE=$applied/flags.json # a copy of the ConfigMap from which flagd reads them
    ;;
esac
definitions=faults/flags.json

main() {
  local wanted=${1:-list}
  if [ "$mode" = kubernetes ]; then read_flags_of_cluster; fi
  case $wanted in
    list) list ;;
    off)
      repair_stack
      write_flags ""
      echo "all faults are off"
      ;;
    slow-collector | collector-down)
      [ "$mode" != kubernetes ] || give_up "$wanted exists in Docker mode and in local mode only: kubectl scale can stop the Collector of a cluster"
      repair_stack
      write_flags ""
      break_stack "$wanted"
      echo "$wanted is on, all other faults are off"
      ;;
    *)
      jq -e --arg name "$wanted" '.flags | has($name)' "$definitions" >/dev/null || give_up "no fault is named \"$wanted\": make fault lists them"
      repair_stack
      write_flags "$wanted"
      echo "$wanted is on, all other faults are off"
      ;;
  esac
}

list() {
  [ -f "$FAULTS_FILE" ] || write_flags ""
  jq -r '.flags | to_entries[] | [if .value.state == "ENABLED" then "on " else "off" end, .key, "\(.value.metadata.service): \(.value.metadata.description)"] | @tsv' "$FAULTS_FILE" |
    while IFS=$'\t' read -r is_on name description; do printf '  %s  %-22s %s\n' "$is_on" "$name" "$description"; done
  if [ "$mode" = kubernetes ]; then return; fi
  printf '  %s  %-22s %s\n' "$(stack_state slow-collector)" slow-collector "$(receiver): accepts connections, and answers nothing"
  printf '  %s  %-22s %s\n' "$(stack_state collector-down)" collector-down "$(receiver): is stopped"
  printf '\nmake fault NAME=slow-database switches one on, make fault NAME=off all off. They are defined in %s.\n' "$FAULTS_FILE"
}

# write_flags NAME: the flag of that name is on, if there is one, and all others are off.
write_flags() {
  local flags
  mkdir -p "$(dirname "$FAULTS_FILE")"
  flags=$(jq --arg name "$1" '.flags |= with_entries(if .key == $name then .value.state = "ENABLED" else .value.state = "DISABLED" end)' "$definitions")
  printf '%s\n' "$flags" >"$FAULTS_FILE.new"
  if [ "$mode" = docker ]; then # the user in the containers is another one, and the front page writes this file
    chmod a+rx "$(dirname "$FAULTS_FILE")"
    chmod a+rw "$FAULTS_FILE.new"
  fi
  mv "$FAULTS_FILE.new" "$FAULTS_FILE" # a reader sees the old content or the new, never a half
  if [ "$mode" = kubernetes ]; then write_flags_of_cluster; fi
}

# --- flagd in a cluster ---------------------------------------------------------------------------------------------------------

read_flags_of_cluster() {
  local flags
  flags=$(in_cluster get configmap flags --ignore-not-found --output 'jsonpath={.data.flags\.json}')
  [ -n "$flags" ] || give_up "the demo runs without flagd, which the faults need in a cluster: run make up MODE=kubernetes DEMO_FLAGD=1"
  mkdir -p "$(dirname "$FAULTS_FILE")"
  printf '%s\n' "$flags" >"$FAULTS_FILE"
}

write_flags_of_cluster() {
  in_cluster patch configmap flags --type merge --patch "$(jq -n --rawfile flags "$FAULTS_FILE" '{data: {"flags.json": $flags}}')" >/dev/null
  touch_flagd
}

# --- the receiver of telemetry: the Collector, or the viewer in local mode ---------------------------------------------------

receiver() { if [ "$mode" = docker ]; then echo collector; else echo viewer; fi; }

viewer_pid() { jq -re .pid "$state/viewer.json" 2>/dev/null; }

break_stack() {
  local pid
  if [ "$mode" = docker ]; then
    case $1 in
      slow-collector) docker compose pause collector ;;
      collector-down) docker compose stop collector ;;
    esac >/dev/null 2>&1 || give_up "the Collector does not run: make up starts it"
  else
    pid=$(viewer_pid) || give_up "the viewer does not run: make up starts it"
    case $1 in
      slow-collector) kill -STOP -- "-$pid" ;;
      collector-down) kill -KILL -- "-$pid" ;;
    esac
  fi
}

repair_stack() {
  if [ "$mode" = kubernetes ]; then
    return
  elif [ "$mode" = docker ]; then
    [ "$(stack_state slow-collector)" = off ] || docker compose unpause collector >/dev/null 2>&1
    [ "$(stack_state collector-down)" = off ] || docker compose start collector >/dev/null 2>&1
  else
    [ "$(stack_state slow-collector)" = off ] || kill -CONT -- "-$(viewer_pid)"
    [ "$(stack_state collector-down)" = off ] || node local/main.ts up viewer >/dev/null
  fi
}

# stack_state NAME: "on ", or "off", also where nothing runs.
stack_state() {
  local state_now
  if [ "$mode" = docker ]; then
    state_now=$(docker compose ps --all --format json collector 2>/dev/null | jq -rs 'flatten[0].State // "none"')
    case $1,$state_now in slow-collector,paused | collector-down,exited) echo 'on ' ;; *) echo off ;; esac
  else
    state_now=$(ps -o stat= -p "$(viewer_pid || echo 0)" 2>/dev/null || true)
    case $1,$state_now in
      slow-collector,T*) echo 'on ' ;;
      collector-down, | collector-down,Z*) if [ -f "$state/viewer.json" ]; then echo 'on '; else echo off; fi ;;
      *) echo off ;;
    esac
  fi
}

main "$@"
