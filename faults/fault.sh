#!/usr/bin/env bash
# Switches faults: a name switches it on and all others off, "off" switches all off, "list" shows them. Needs bash and jq.
#   faults/fault.sh slow-database
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac # without BASH_ENV, CDPATH and exported functions
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/component-state.sh
. docker/engine.sh
load_last_settings

mode=$(scripts/last-mode.sh kubernetes)
case $mode in
  docker)
    FAULTS_FILE=.faults/flags.json # docker-compose.yml mounts that folder into the services
    receiver=collector             # of telemetry
    ;;
  local) receiver=viewer ;;
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
    list)
      list
      return
      ;;
    off) ;;
    slow-collector | collector-down) [ "$mode" != kubernetes ] || give_up "$wanted exists in Docker mode and in local mode only: kubectl scale can stop the Collector of a cluster" ;;
    *) jq -e --arg name "$wanted" '.flags | has($name)' "$definitions" >/dev/null || give_up "no fault is named \"$wanted\": make fault lists them" ;;
  esac
  if [ "$mode" != kubernetes ]; then repair_receiver; fi
  write_flags "$wanted"
  case $wanted in
    slow-collector) change_receiver pause ;;
    collector-down) change_receiver stop ;;
  esac || give_up "the $receiver is not running: make up starts it"
  if [ "$wanted" = off ]; then echo "all faults are off"; else echo "$wanted is on, all other faults are off"; fi
}

list() {
  [ -f "$FAULTS_FILE" ] || write_flags ""
  jq -r '.flags | to_entries[] | [if .value.state == "ENABLED" then "on " else "off" end, .key, "\(.value.metadata.service): \(.value.metadata.description)"] | @tsv' "$FAULTS_FILE" |
    while IFS=$'\t' read -r is_on name description; do printf '  %s  %-22s %s\n' "$is_on" "$name" "$description"; done
  [ "$mode" != kubernetes ] || return 0
  printf '  %s  %-22s %s\n' "$(is_receiver paused)" slow-collector "$receiver: accepts connections, but never responds"
  printf '  %s  %-22s %s\n' "$(is_receiver exited)" collector-down "$receiver: is stopped"
  printf '\nmake fault NAME=slow-database enables one and disables all others, make fault NAME=off disables all. faults/flags.json defines them; their states are in %s.\n' "$FAULTS_FILE"
}

# write_flags NAME: the flag of that name is enabled, if there is one, and all others are disabled.
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

# --- the Collector, or the viewer in local mode --------------------------------------------------------------------------------

# change_receiver COMMAND: of docker compose; in local mode, what has the same effect.
change_receiver() {
  case $mode,$1 in
    docker,*) docker compose "$1" collector >/dev/null 2>&1 ;;
    local,pause) signal_viewer STOP ;;
    local,unpause) signal_viewer CONT ;;
    local,stop) signal_viewer KILL ;;
    local,start) node local/main.ts up viewer >/dev/null ;;
  esac
}

signal_viewer() {
  local pid
  pid=$(local_pid viewer) && kill "-$1" -- "-$pid"
}

repair_receiver() {
  case $(component_state "$receiver") in
    paused*) change_receiver unpause ;;
    exited*) change_receiver start ;;
  esac
}

# is_receiver STATE: "on " or "off".
is_receiver() { case $(component_state "$receiver") in "$1"*) echo 'on ' ;; *) echo off ;; esac }

main "$@"
