# shellcheck shell=bash
# shellcheck disable=SC2154 # all_ports comes from scripts/settings.sh
# Sourced by docker/run.sh: starts the stack, and returns when a write has its row, its complete trace in Tempo and its log lines in Loki.

ready_within_seconds=180 # Grafana's first start takes the longest
components='postgres prometheus tempo loki collector backend frontend grafana' # in the order that they start

work=$(mktemp -d)
compose_up=
trap 'stop_waiting; rm -rf "$work"' EXIT

main() {
  refuse_missing_tools
  refuse_remote_engine
  refuse_unreadable_files
  refuse_taken_ports
  MODE=docker faults/fault.sh off >/dev/null
  step images get_images
  start_components
  step "first complete trace" verify_write
  show_addresses
}

refuse_missing_tools() {
  local tool
  for tool in curl jq; do
    command -v "$tool" >/dev/null || give_up "$tool is missing: install it first"
  done
  docker compose config --quiet 2>"$work/config" || give_up "docker-compose.yml cannot be used: $(cat "$work/config")"
}

# Its ports and files would be another machine's.
refuse_remote_engine() {
  local host
  host=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null) || return 0
  case $host in
    unix://* | npipe://* | tcp://localhost* | tcp://127.* | '') ;;
    *) give_up "the Docker engine is on another machine ($host, from DOCKER_HOST or docker context): the demo needs one on this machine; make up MODE=local needs none" ;;
  esac
}

# The users in the containers are not the one who made the checkout.
refuse_unreadable_files() {
  local folders=(collector tempo loki prometheus grafana postgres telemetry service page frontend backend package.json) unreadable
  unreadable=$(find "${folders[@]}" -name node_modules -prune -o \( -type d ! -perm -005 -o -type f ! -perm -004 \) -print | head -n 1)
  [ -z "$unreadable" ] || give_up "containers cannot read $unreadable: this checkout was made under a strict umask; run chmod -R go+rX ${folders[*]}"
}

# --- ports ------------------------------------------------------------------------------------------------------------

refuse_taken_ports() {
  local name port sentences=''
  docker compose ps --format json | jq -rs 'flatten[].Publishers[]?.PublishedPort' >"$work/own-ports"
  for name in $all_ports; do
    port=${!name}
    if ! grep -qx "$port" "$work/own-ports" && is_taken "$port"; then
      sentences+="port $port is in use by $(holder_of "$port"): stop it, or choose another port: $name=$((port > 64535 ? port - 1000 : port + 1000)) make up"$'\n'
    fi
  done
  [ -z "$sentences" ] || give_up "${sentences%$'\n'}"
}

# Also on ::1 alone: a browser that is told localhost would go there.
is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || (exec 3<>"/dev/tcp/::1/$1") 2>/dev/null; }

# Such as `the container shop-db-1`, or `node (process 4711)`.
holder_of() {
  local found
  found=$(docker ps --filter "publish=$1" --format 'the container {{.Names}}' | head -n 1)
  [ -n "$found" ] || found=$(lsof -nP "-iTCP:$1" -sTCP:LISTEN -Fpc 2>/dev/null | awk '/^p/ {p = substr($0, 2)} /^c/ {print substr($0, 2) " (process " p ")"; exit}')
  [ -n "$found" ] || found=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -nE 's/.*\(\("([^"]+)",pid=([0-9]+).*/\1 (process \2)/p' | head -n 1)
  echo "${found:-another program}"
}

# --- images and components ------------------------------------------------------------------------------------------------

get_images() {
  {
    docker compose pull --quiet --policy missing --ignore-buildable && docker compose build --quiet
  } >"$work/images" 2>&1 || fail "cannot pull or build an image:"$'\n'"$(tail -n 15 "$work/images")"
}

# Names each component when it is ready, with the seconds since the start of the first.
start_components() {
  local waiting=$components left component state began
  began=$(now_ms)
  remove_failed_containers
  docker compose --progress plain up --detach --no-build --quiet-pull --remove-orphans >"$work/up" 2>&1 &
  compose_up=$!
  while [ -n "$waiting" ]; do
    if ! compose_runs && [ -n "$compose_up" ]; then
      wait "$compose_up" || compose_failed
      compose_up=
    fi
    docker compose ps --all --format json >"$work/ps" 2>/dev/null || true
    left=''
    for component in $waiting; do
      state=$(state_of "$component")
      case $state in
        ready) printf '  %-20s %s s\n' "$component" "$(seconds_since "$began")" ;;
        failed) component_failed "$component" ;;
        *) left+=" $component" ;;
      esac
    done
    waiting=$left
    [ $(($(now_ms) - began)) -lt $((ready_within_seconds * 1000)) ] || component_failed "${waiting## }"
    sleep 0.2
  done
  [ -z "$compose_up" ] || wait "$compose_up" || compose_failed
  compose_up=
}

# What an earlier start has left must not be mistaken for the result of this one.
remove_failed_containers() {
  local names
  names=$(docker compose ps --all --format json | jq -rs 'flatten[] | select(.State != "running" or .Health == "unhealthy") | .Service')
  # shellcheck disable=SC2086 # one word for each
  [ -z "$names" ] || docker compose rm --stop --force $names >/dev/null 2>&1
}

# ready, failed or waiting
state_of() {
  local state
  if compose_runs && ! was_started "$1"; then echo waiting && return; fi # it may yet be recreated
  state=$(jq -rs --arg component "$1" 'flatten[] | select(.Service == $component) | "\(.State) \(.Health)"' "$work/ps")
  case $state in
    'running healthy') echo ready ;;
    'running ') if [ "$1" = collector ] && accepts_otlp; then echo ready; else echo waiting; fi ;; # it has no health check
    restarting* | dead* | *unhealthy) echo failed ;;
    exited*) if compose_runs; then echo waiting; else echo failed; fi ;;
    *) echo waiting ;;
  esac
}

accepts_otlp() {
  curl --silent --fail --max-time 2 --header 'content-type: application/json' --data '{}' --output /dev/null \
    "http://127.0.0.1:$OTLP_HTTP_PORT/v1/traces"
}

was_started() { grep -qE "Container .*-$1-1 +(Running|Started|Healthy)" "$work/up"; }

compose_runs() { [ -n "$compose_up" ] && kill -0 "$compose_up" 2>/dev/null; }

# Compose knows why: a port that is taken, a component that others wait for. The log of that one follows.
compose_failed() {
  local message component
  message=$(grep -vE '^ *(Container|Network|Volume|Image) ' "$work/up" | tail -n 15)
  component=$(sed -nE 's/.*container [^ ]+-([a-z-]+)-1 (is unhealthy|exited).*/\1/p' "$work/up" | head -n 1)
  compose_up=
  if [ -n "$component" ]; then component_failed "$component"; else give_up "docker compose up failed: $message"; fi
}

# component_failed NAMES: shows the first of them.
component_failed() {
  local component=${1%% *} container reason
  container=$(docker compose ps --all --quiet "$component" 2>/dev/null | head -n 1)
  if [ -z "$container" ]; then give_up "$component was not started:"$'\n'"$(tail -n 15 "$work/up")"; fi
  reason=$(docker inspect "$container" | jq -r '.[0] |
    if .State.OOMKilled then "ran out of memory: raise its mem_limit in docker-compose.yml"
    elif .RestartCount > 0 then "exits again and again (exit code \(.State.ExitCode))"
    else "is not ready (\(.State.Status), \(.State.Health.Status // "no health check"))" end')
  give_up "$component $reason. The end of its log:
$(docker compose logs --no-color --no-log-prefix --tail 15 "$component" 2>&1)

Its settings are in docker-compose.yml and $component/. If the data of an older version are the cause, make clean removes them.
make logs shows all logs, make status what is running, make down stops the rest."
}

# --- the first complete trace -----------------------------------------------------------------------------------------

# One write: its row, which only a 201 promises, its four spans in Tempo, and the log lines of both services in Loki.
verify_write() {
  local trace_id='' deadline=$((SECONDS + 60)) spans=0 services='' status
  until [ -n "$trace_id" ]; do
    status=$(curl --silent --max-time 5 --request POST --output "$work/write" --write-out '%{http_code}' "http://127.0.0.1:$FRONTEND_PORT/write") || true
    [ "$status" != 201 ] || trace_id=$(jq -r 'select(.id) | .traceId' "$work/write")
    [ -n "$trace_id" ] || [ $SECONDS -lt $deadline ] || fail "$(why_no_write "$status")"
    [ -n "$trace_id" ] || sleep 0.2
  done
  until [ "${spans:-0}" -ge 4 ]; do
    spans=$(spans_in_tempo "$trace_id")
    [ $SECONDS -lt $deadline ] || fail "the write succeeded, but Tempo has ${spans:-0} of 4 spans of its trace $trace_id: see docker compose logs collector tempo"
    sleep 0.05
  done
  until [ "$services" = 'backend frontend' ]; do
    services=$(services_in_loki "$trace_id")
    [ $SECONDS -lt $deadline ] || fail "the write succeeded, but Loki has log lines of its trace $trace_id from ${services:-no service} only: see docker compose logs collector loki"
    sleep 0.05
  done
}

why_no_write() {
  local reason
  echo "POST http://localhost:$FRONTEND_PORT/write returned ${1/000/no response}: $(jq -r '.message // empty' "$work/write" 2>/dev/null)"
  reason=$(docker compose logs --no-color --no-log-prefix backend 2>/dev/null | jq -rR 'fromjson? | .msg | select(startswith("PostgreSQL at"))' | tail -n 1)
  case $reason in
    *'authentication failed'* | *'does not exist'*) echo "$reason"$'\n'"BACKEND_PASSWORD applies to a new database: use the one it was created with, or remove the data with make clean." ;;
    *) echo "${reason:-See docker compose logs frontend backend.}" ;;
  esac
}

spans_in_tempo() {
  curl --silent --max-time 5 "http://127.0.0.1:$TEMPO_PORT/api/v2/traces/$1" |
    jq '[.trace.resourceSpans[]?.scopeSpans[].spans[]] | length' 2>/dev/null || true
}

services_in_loki() {
  curl --silent --max-time 5 --get "http://127.0.0.1:$LOKI_PORT/loki/api/v1/query_range" \
    --data-urlencode "query={service_name=~\".+\"} | trace_id=\"$1\"" |
    jq -r '[.data.result[]?.stream.service_name] | unique | join(" ")' 2>/dev/null || true
}

# --- output -----------------------------------------------------------------------------------------------------------

# step NAME FUNCTION
step() {
  local began
  began=$(now_ms)
  printf '  %-20s ' "$1"
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

stop_waiting() { if [ -n "$compose_up" ]; then kill "$compose_up" 2>/dev/null || true; fi; }

show_addresses() {
  cat <<END

  traces and logs   http://localhost:$UI_PORT (Grafana: $GRAFANA_USER, password $GRAFANA_PASSWORD)
  front page        http://localhost:$FRONTEND_PORT
  write a number    curl -X POST http://localhost:$FRONTEND_PORT/write
  API pages         http://localhost:$FRONTEND_PORT/docs  http://localhost:$BACKEND_PORT/docs
  stores            http://localhost:$TEMPO_PORT (Tempo)  http://localhost:$LOKI_PORT (Loki)  http://localhost:$PROMETHEUS_PORT (Prometheus)

  ./test.sh verifies 100 writes; make status, make logs, make down
END
}

main
