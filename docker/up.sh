#!/usr/bin/env bash
# Starts the stack in containers, and returns when a first whole trace is in Tempo and its logs are in Loki.
# Needs Docker with Compose, bash, curl and jq.
set -euo pipefail
cd "$(dirname "$0")/.."

ready_within_seconds=180 # Grafana's first start takes the longest
parts='postgres prometheus tempo loki collector backend frontend grafana' # in the order that they start

# The settings of .env, where the environment does not say otherwise.
while read -r line; do
  name=${line%%=*}
  [ -n "${!name+set}" ] || export "$name=${line#*=}"
done < <(grep -E '^[A-Z_]+=' .env)

work=$(mktemp -d)
compose_up=
trap 'stop_waiting; rm -rf "$work"' EXIT

main() {
  refuse_missing_tools
  refuse_taken_ports
  step images get_images
  start_parts
  step "first trace" prove_first_trace
  show_addresses
}

refuse_missing_tools() {
  local tool
  for tool in docker curl jq; do
    command -v "$tool" >/dev/null || give_up "$tool is missing: install it first"
  done
  docker info >/dev/null 2>&1 || give_up "no Docker engine answers: start it, or run make up MODE=local, which needs none"
  [ "$(docker version --format '{{.Server.APIVersion}}' | cut -d. -f2)" -ge 44 ] ||
    give_up "Docker Engine $(docker version --format '{{.Server.Version}}') is too old: it takes 25 or newer; make up MODE=local needs none"
  docker compose config --quiet 2>"$work/config" || give_up "docker-compose.yml cannot be used: $(cat "$work/config")"
}

# --- ports ------------------------------------------------------------------------------------------------------------

refuse_taken_ports() {
  local name port sentences=''
  docker compose ps --format json | jq -rs 'flatten[].Publishers[]?.PublishedPort' >"$work/own-ports"
  for name in UI_PORT FRONTEND_PORT BACKEND_PORT PGPORT OTLP_GRPC_PORT OTLP_HTTP_PORT TEMPO_PORT LOKI_PORT PROMETHEUS_PORT; do
    port=${!name}
    if ! grep -qx "$port" "$work/own-ports" && is_taken "$port"; then
      sentences+="port $port is taken by $(holder_of "$port"); $name=$((port + 1000)) make up would use another"$'\n'
    fi
  done
  [ -z "$sentences" ] || give_up "${sentences%$'\n'}"
}

is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Such as `the container shop-db-1`, or `node (process 4711)`.
holder_of() {
  local found
  found=$(docker ps --filter "publish=$1" --format 'the container {{.Names}}' | head -n 1)
  [ -n "$found" ] || found=$(lsof -nP "-iTCP:$1" -sTCP:LISTEN -Fpc 2>/dev/null | awk '/^p/ {p = substr($0, 2)} /^c/ {print substr($0, 2) " (process " p ")"; exit}')
  [ -n "$found" ] || found=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -nE 's/.*\(\("([^"]+)",pid=([0-9]+).*/\1 (process \2)/p' | head -n 1)
  echo "${found:-another program}"
}

# --- images and parts -------------------------------------------------------------------------------------------------

get_images() {
  {
    docker compose pull --quiet --policy missing --ignore-buildable && docker compose build --quiet
  } >"$work/images" 2>&1 || fail "an image cannot be had:"$'\n'"$(tail -n 15 "$work/images")"
}

# Names each part when it is ready, with the seconds since the start of the first.
start_parts() {
  local waiting=$parts left part state began
  began=$(now_ms)
  remove_wrecks
  docker compose up --detach --no-build --quiet-pull --remove-orphans >"$work/up" 2>&1 &
  compose_up=$!
  while [ -n "$waiting" ]; do
    docker compose ps --all --format json >"$work/ps" 2>/dev/null || true
    left=''
    for part in $waiting; do
      state=$(state_of "$part")
      case $state in
        ready) printf '  %-12s %s s\n' "$part" "$(seconds_since "$began")" ;;
        broken) part_failed "$part" ;;
        *) left+=" $part" ;;
      esac
    done
    waiting=$left
    [ $(($(now_ms) - began)) -lt $((ready_within_seconds * 1000)) ] || part_failed "${waiting## }"
    sleep 0.2 # between two looks
  done
  wait "$compose_up" || fail "docker compose up failed:"$'\n'"$(tail -n 15 "$work/up")"
  compose_up=
}

# What an earlier start has left must not be taken for this one's.
remove_wrecks() {
  local wrecks
  wrecks=$(docker compose ps --all --format json | jq -rs 'flatten[] | select(.State != "running" or .Health == "unhealthy") | .Service')
  # shellcheck disable=SC2086 # one word for each
  [ -z "$wrecks" ] || docker compose rm --stop --force $wrecks >/dev/null 2>&1
}

# ready, broken or waiting
state_of() {
  local state
  if compose_runs && ! was_touched "$1"; then echo waiting && return; fi # it may yet be made anew
  state=$(jq -rs --arg part "$1" 'flatten[] | select(.Service == $part) | "\(.State) \(.Health)"' "$work/ps")
  case $state in
    'running healthy') echo ready ;;
    'running ') if [ "$1" = collector ] && takes_otlp; then echo ready; else echo waiting; fi ;; # it has no health check
    restarting* | dead* | *unhealthy) echo broken ;;
    exited*) if compose_runs; then echo waiting; else echo broken; fi ;;
    *) if compose_runs; then echo waiting; else compose_verdict; fi ;;
  esac
}

takes_otlp() {
  curl --silent --fail --max-time 2 --header 'content-type: application/json' --data '{}' --output /dev/null \
    "http://localhost:$OTLP_HTTP_PORT/v1/traces"
}

was_touched() { grep -qE "Container .*-$1-1 +(Running|Started|Healthy)" "$work/up"; }

compose_runs() { kill -0 "$compose_up" 2>/dev/null; }

# What has not started when Compose is done will not.
compose_verdict() { if grep -qiE 'error|failed' "$work/up"; then echo broken; else echo waiting; fi; }

# part_failed NAMES: the first of them is looked at.
part_failed() {
  local part=${1%% *} container why
  container=$(docker compose ps --all --quiet "$part" 2>/dev/null | head -n 1)
  if [ -z "$container" ]; then fail "$part was not started:"$'\n'"$(tail -n 15 "$work/up")"; fi
  why=$(docker inspect "$container" | jq -r '.[0] |
    if .State.OOMKilled then "ran out of memory: raise its mem_limit in docker-compose.yml"
    elif .RestartCount > 0 then "ends again and again (exit code \(.State.ExitCode))"
    else "does not come up (\(.State.Status), \(.State.Health.Status // "no health check"))" end')
  fail "$part $why. The end of its log:
$(docker compose logs --no-color --no-log-prefix --tail 15 "$part" 2>&1)

Its settings are in docker-compose.yml and $part/. If the data of an older version are in its way, make clean removes them.
make logs shows all logs, make status what runs, make down stops the rest."
}

# --- the first trace --------------------------------------------------------------------------------------------------

# One write, then its four spans from Tempo, and the log lines of both services from Loki.
prove_first_trace() {
  local trace_id deadline=$((SECONDS + 30)) spans=0 services='' wish=()
  # Where only a share of the traces is kept, this one shall be among it: its caller says so.
  [ -z "${OTEL_TRACES_SAMPLER:-}" ] || wish=(--header "traceparent: 00-$(random_hex 16)-$(random_hex 8)-01")
  until trace_id=$(curl --silent --max-time 5 --request POST ${wish[@]+"${wish[@]}"} "http://localhost:$FRONTEND_PORT/write" | jq -re .traceId 2>/dev/null); do
    [ $SECONDS -lt $deadline ] || fail "POST http://localhost:$FRONTEND_PORT/write gives no number: docker compose logs frontend backend tells why"
    sleep 0.1 # between two looks
  done
  until [ "${spans:-0}" -ge 4 ]; do
    spans=$(spans_in_tempo "$trace_id")
    [ $SECONDS -lt $deadline ] || fail "the trace $trace_id has ${spans:-0} of 4 spans in Tempo: docker compose logs collector tempo tells why"
    sleep 0.05
  done
  until [ "$services" = 'backend frontend' ]; do
    services=$(services_in_loki "$trace_id")
    [ $SECONDS -lt $deadline ] || fail "of frontend and backend only \"$services\" has logs of the trace $trace_id in Loki: docker compose logs collector loki tells why"
    sleep 0.05
  done
}

random_hex() {
  od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'
}

spans_in_tempo() {
  curl --silent --max-time 5 "http://localhost:$TEMPO_PORT/api/v2/traces/$1" |
    jq '[.trace.resourceSpans[]?.scopeSpans[].spans[]] | length' 2>/dev/null || true
}

services_in_loki() {
  curl --silent --max-time 5 --get "http://localhost:$LOKI_PORT/loki/api/v1/query_range" \
    --data-urlencode "query={service_name=~\".+\"} | trace_id=\"$1\"" |
    jq -r '[.data.result[]?.stream.service_name] | unique | join(" ")' 2>/dev/null || true
}

# --- say --------------------------------------------------------------------------------------------------------------

# step NAME FUNCTION
step() {
  local began
  began=$(now_ms)
  printf '  %-12s ' "$1"
  "$2"
  printf '%s s\n' "$(seconds_since "$began")"
}

# Whole seconds where bash is older than 5.
now_ms() { if [ -n "${EPOCHREALTIME:-}" ]; then echo $((${EPOCHREALTIME//[.,]/} / 1000)); else echo $((SECONDS * 1000)); fi; }

seconds_since() {
  local tenths=$((($(now_ms) - $1) / 100))
  echo "$((tenths / 10)).$((tenths % 10))"
}

fail() {
  echo failed
  give_up "$1"
}

give_up() {
  echo "$1" >&2
  exit 1
}

stop_waiting() { if [ -n "$compose_up" ]; then kill "$compose_up" 2>/dev/null || true; fi; }

show_addresses() {
  cat <<END

  look at traces and logs   http://localhost:$UI_PORT ($GRAFANA_USER, password $GRAFANA_PASSWORD)
  see a write happen        http://localhost:$FRONTEND_PORT
  write a number            curl -X POST http://localhost:$FRONTEND_PORT/write
  try the two APIs          http://localhost:$FRONTEND_PORT/docs  http://localhost:$BACKEND_PORT/docs
  ask the stores            http://localhost:$TEMPO_PORT (Tempo)  http://localhost:$LOKI_PORT (Loki)  http://localhost:$PROMETHEUS_PORT (Prometheus)

  ./test.sh proves 100 writes; make status, make logs, make down
END
}

main
