#!/usr/bin/env bash
# Runs a command of the Makefile in the mode that MODE names, else in the one that was last brought up, else, for up, in Docker mode
# where an engine answers. Before up, it refuses settings that cannot be used; then it records the mode and its ports.
#   run-in-mode.sh up|down|status|logs|clean; each folder named in $modes has a run.sh that knows these
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac # without BASH_ENV, CDPATH and exported functions
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. docker/engine.sh

command=$1
modes='docker local kubernetes'

main() {
  local mode
  mode=$(given_mode)
  load_settings .env
  case $command in
    up)
      [ -n "$mode" ] || mode=$(mode_that_runs)
      [ -n "$mode" ] || mode=$(docker_or_local)
      ;;
    clean) [ -n "$mode" ] || mode=$(modes_with_data) ;;
    *) [ -n "$mode" ] || mode=$(last_mode) ;;
  esac
  [ -n "$mode" ] || nothing_to_do
  case $command in
    up) bring_up "$mode" ;;
    *) for mode in $mode; do "$mode/run.sh" "$command"; done ;;
  esac
  case $command in down | clean) rm -f "$record" ;; esac
}

bring_up() {
  local sentences status=0
  refuse_second_mode "$1"
  sentences=$(invalid_settings "$1")
  [ -z "$sentences" ] || give_up "$sentences"
  write_record "$1"
  "$1/run.sh" up || status=$?
  [ "$status" = 0 ] || runs_in "$1" || rm -f "$record" # there is nothing that the other commands could act on
  exit "$status"
}

nothing_to_do() {
  if [ "$command" = clean ]; then echo 'there is no data to remove'; else echo 'the demo is not running: make up starts it'; fi
  exit
}

# The environment may hold a MODE that is meant for another program, such as MODE=development.
given_mode() {
  case " $modes " in
    *" ${MODE:-?} "*) echo "$MODE" ;;
    *) [ "${MODE_ORIGIN:-}" != 'command line' ] || give_up "MODE is \"$MODE\": expected docker, local or kubernetes" ;;
  esac
}

# Also where there is no record: after docker compose up, or npm run backend.
last_mode() {
  local mode
  mode=$(recorded_mode)
  if [ -n "$mode" ]; then echo "$mode"; else mode_that_runs; fi
}

mode_that_runs() {
  local mode
  for mode in $(recorded_mode) local docker kubernetes; do
    if runs_in "$mode"; then echo "$mode" && return; fi
  done
}

runs_in() {
  case $1 in
    local) compgen -G "$state/*.json" >/dev/null ;;
    docker) [ -z "$(engine_problem)" ] && [ -n "$(docker compose ps --all --quiet 2>/dev/null)" ] ;;
    kubernetes) [ -f .kubernetes/kustomization.yaml ] ;;
  esac
}

docker_or_local() {
  local problem
  problem=$(engine_problem)
  case $problem in
    '') echo docker ;;
    *'permission denied'*) give_up "$problem" ;;
    *) echo "$problem: starting without Docker" >&2 && echo local ;;
  esac
}

# Two modes would use the same ports, and make up must not report the stack of another mode as its own.
refuse_second_mode() {
  local running
  running=$(recorded_mode)
  if [ -n "$running" ] && [ "$running" != "$1" ] && runs_in "$running"; then
    give_up "the demo is running in $running mode: make down stops it; then make up MODE=$1 starts it in $1 mode"
  fi
}

write_record() {
  local name
  mkdir -p "$state"
  {
    echo "MODE=$1"
    for name in $(ports_of_mode "$1"); do echo "$name=${!name}"; done
    [ "$1" != docker ] || echo "COLLECTOR_OVERLAY=${COLLECTOR_OVERLAY:-none}"
  } >"$record"
}

modes_with_data() {
  local found=''
  ! compgen -G "$state/*.log" >/dev/null || found=local
  if [ -z "$(engine_problem)" ] && [ -n "$(docker volume ls --quiet --filter "label=com.docker.compose.project=$(compose_project)")" ]; then found+=' docker'; fi
  [ ! -f .kubernetes/context ] || found+=' kubernetes'
  echo "$found"
}

main
