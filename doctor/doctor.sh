#!/usr/bin/env bash
# Checks the running stack in the order that data flows, and names the first broken hop and the command that repairs it.
#   make doctor          exit status 0 if all is well; make doctor fails with 2
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac # without BASH_ENV, CDPATH and exported functions
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. scripts/component-state.sh
. docker/engine.sh
load_last_settings

mode=$(scripts/last-mode.sh)
arrives_within_seconds=15 # a span or a log line, in its store
counted_within_seconds=30
min_free_mb=${MIN_FREE_MB:-500}
max_skew_seconds=2

frontend=http://localhost:$FRONTEND_PORT backend=http://localhost:$BACKEND_PORT ui=http://localhost:$UI_PORT
tempo=http://localhost:$TEMPO_PORT loki=http://localhost:$LOKI_PORT prometheus=http://localhost:$PROMETHEUS_PORT
if [ "$mode" = docker ]; then
  FAULTS_FILE=.faults/flags.json
  otlp=http://localhost:$OTLP_HTTP_PORT
  receiver=Collector traces=Tempo logs=Loki
  components='postgres prometheus tempo loki collector backend frontend grafana'
else
  otlp=$ui # the viewer accepts OTLP over HTTP there
  receiver=viewer traces=viewer logs=viewer
  components='postgres viewer backend frontend'
fi

main() {
  local component
  check "tools" check_tools
  check "disk" check_disk
  if [ "$mode" = docker ]; then
    check "Docker engine" check_engine
    check "images" check_images
  fi
  for component in $components; do check "$component" check_component "$component"; done
  check "port of each component" check_ports
  if [ "$mode" = docker ]; then check "clock" check_clock; fi
  check "faults" check_faults
  check "OTLP is accepted by the $receiver" check_otlp
  check "a span: $receiver to $traces" check_probe "/trace/$probe"
  check "a log record: $receiver to $logs" check_probe "/trace/$probe/logs"
  check "a write: frontend to backend to PostgreSQL" check_write
  check_stored "its spans: frontend to $traces" check_spans frontend "$requested_id"
  check_stored "its spans: backend to $traces" check_spans backend "$row_id"
  check "its trace is one: traceparent from frontend to backend" check_one_trace
  check "its log lines: frontend to $logs" check_logs frontend
  check "its log lines: backend to $logs" check_logs backend
  if [ "$mode" = docker ]; then check_stored "its span metrics: Tempo to Prometheus" check_span_metrics; fi
  echo "healthy: $checks of $checks checks passed"
}

checks=0

# check HOP FUNCTION ARGUMENT…: the function calls broken, or returns.
check() {
  hop=$1
  shift
  "$@"
  checks=$((checks + 1))
  printf '  ok      %s\n' "$hop"
}

# check_stored HOP FUNCTION ARGUMENT…: as check, for what needs the trace of a healthy write in Tempo.
check_stored() {
  if is_sampled; then printf '  --      %s: cannot be checked with tail sampling\n' "$1"; else check "$@"; fi
}

# broken WHY REPAIR
broken() {
  printf '  BROKEN  %s\n          %s\n          repair: %s\n' "$hop" "$1" "$2"
  exit 1
}

# --- this machine ------------------------------------------------------------------------------------------------------------

check_tools() {
  local tool
  for tool in curl jq; do command -v "$tool" >/dev/null || broken "$tool is not installed" "install $tool with the package manager of this machine"; done
  [ "$mode" = docker ] || [ -x node_modules/.bin/node ] || broken "the npm packages are not installed" "make up MODE=local"
}

check_disk() {
  local free_mb
  free_mb=$(df -Pk . | awk 'NR == 2 {print int($4 / 1024)}')
  [ "$free_mb" -ge "$min_free_mb" ] || broken "only $free_mb MB are free; $min_free_mb MB are needed" "docker system prune, or remove other files"
}

check_engine() {
  local problem
  problem=$(engine_problem)
  case $problem in
    '') ;;
    *': '*) broken "${problem%%: *}" "${problem#*: }" ;;
    *) broken "$problem" "start Docker (Engine 25 or newer, with Compose 2), or run make up MODE=local, which does not need it" ;;
  esac
}

check_images() {
  local image images
  images=$(docker compose config --images 2>&1) || broken "docker-compose.yml cannot be used: ${images##*$'\n'}" "correct it, or what .env and the environment set in it"
  for image in $images; do
    docker image inspect "$image" >/dev/null 2>&1 || broken "the image $image does not exist here" "make up MODE=docker"
  done
}

# Docker Desktop runs containers in a virtual machine with a clock of its own: Tempo's Date header shows it.
check_clock() {
  local skew
  skew=$(curl --silent --max-time 5 --output /dev/null --write-out '%header{date}' "$tempo/ready" |
    jq -R 'now - (strptime("%a, %d %b %Y %H:%M:%S GMT") | mktime) | fabs | floor' 2>/dev/null) || return 0
  [ "${skew:-0}" -le $max_skew_seconds ] || broken "the clocks of this machine and of the containers differ by $skew s: stores look for new data at the wrong time" "restart Docker, which sets its clock"
}

# --- components --------------------------------------------------------------------------------------------------------------

check_component() {
  local now log="tail -n 20 $state/$1.log"
  if [ "$mode" = docker ]; then log="docker compose logs --tail 20 $1"
  elif [ "$1" = postgres ] && [ -n "${DEMO_POSTGRES_URL:-}" ]; then return # one of your own
  fi
  now=$(component_state "$1")
  case $now in
    'running healthy' | 'running ' | running) ;;
    'running '*) broken "$1 is ${now#* }" "wait a minute; if it does not become healthy, run $log" ;;
    paused*) broken "$1 is paused: it accepts connections, but never responds" "make fault NAME=off; if it is still paused, make down && make up" ;;
    '') broken "$1 was not started" "make up MODE=$mode" ;;
    *) broken "$1 is not running: ${now% }" "$log shows why; make up MODE=$mode starts it again" ;;
  esac
}

check_ports() {
  check_url "$ui" UI_PORT
  check_url "$backend/healthz" BACKEND_PORT
  check_url "$frontend/healthz" FRONTEND_PORT
  if [ "$mode" = docker ]; then
    check_url "$tempo/ready" TEMPO_PORT
    check_url "$loki/ready" LOKI_PORT
    check_url "$prometheus/-/ready" PROMETHEUS_PORT
  fi
}

# check_url URL VARIABLE
check_url() {
  curl --silent --fail --location --max-time 5 --output /dev/null "$1" || broken "$1 does not respond, though its component is running" "if $2 has changed since the start, run make up; otherwise see make logs"
}

# What is broken on purpose looks healthy to the checks below.
check_faults() {
  local on
  on=$(jq -r '[.flags | to_entries[] | select(.value.state == "ENABLED") | .key] | join(", ")' "$FAULTS_FILE" 2>/dev/null || true)
  [ -z "$on" ] || broken "this fault is still enabled: $on" "make fault NAME=off"
}

# --- a probe, sent where the services send their telemetry -----------------------------------------------------------------------

check_otlp() {
  local signal body status now resource='{"attributes":[{"key":"service.name","value":{"stringValue":"doctor"}}]}'
  probe=$(random_hex 16)
  now=$(date +%s)000000000
  for signal in traces logs; do
    if [ $signal = traces ]; then # an error, so that tail sampling stores it
      body="{\"resourceSpans\":[{\"resource\":$resource,\"scopeSpans\":[{\"spans\":[{\"traceId\":\"$probe\",\"spanId\":\"$(random_hex 8)\",\"name\":\"doctor\",\"kind\":1,\"startTimeUnixNano\":\"$now\",\"endTimeUnixNano\":\"$now\",\"status\":{\"code\":2}}]}]}]}"
    else
      body="{\"resourceLogs\":[{\"resource\":$resource,\"scopeLogs\":[{\"logRecords\":[{\"traceId\":\"$probe\",\"timeUnixNano\":\"$now\",\"body\":{\"stringValue\":\"doctor\"}}]}]}]}"
    fi
    status=$(curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' --header 'content-type: application/json' --data "$body" "$otlp/v1/$signal" || true)
    [ "$status" = 200 ] || broken "$otlp/v1/$signal responds with $status: no telemetry can be delivered" "make logs shows the log of the $receiver; make up starts it again"
  done
}

# check_probe PATH
check_probe() {
  local repair="make logs shows the log of the $receiver"
  if [ "$mode" = docker ]; then repair+="; its exporters are in collector/collector.yaml"; fi
  arrives "$1" doctor || broken "the $receiver has accepted it, but it has not arrived: $arrival" "$repair"
}

# --- a write, followed hop by hop --------------------------------------------------------------------------------------------------

check_write() {
  local response status body
  requested_id=$(random_hex 16)
  if [ "$mode" = docker ]; then calls_before=$(calls_counted); fi
  response=$(curl --silent --max-time 15 --request POST --header "traceparent: 00-$requested_id-$(random_hex 8)-01" --write-out '\n%{http_code}' "$frontend/write" || true)
  status=${response##*$'\n'} body=${response%$'\n'*}
  row_id=$(jq -r '.traceId // empty' <<<"$body" 2>/dev/null || true)
  row_id=${row_id:-$requested_id}
  [ "$status" = 201 ] || broken "POST $frontend/write was answered with $status: $(jq -r .message <<<"$body" 2>/dev/null || true)" "make logs shows the error, with trace id $row_id"
}

# check_spans SERVICE TRACE_ID
check_spans() {
  arrives "/trace/$2" "$1" || broken "the write was traced, but no span of the $1 has arrived: $arrival" "OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_EXPORTER of the $1 define where it sends spans; make logs shows whether it can"
}

check_one_trace() {
  [ "$requested_id" = "$row_id" ] || broken "the backend wrote the row in trace $row_id, not in $requested_id" "find out what removes traceparent between the two, or whether their OTEL_PROPAGATORS differ"
}

check_logs() {
  arrives "/trace/$requested_id/logs" "$1" || broken "the spans of the $1 have arrived, but no log line with this trace id: $arrival" "see LOG_LEVEL and OTEL_LOGS_EXPORTER of the $1"
}

check_span_metrics() {
  local deadline=$((SECONDS + counted_within_seconds))
  until [ "$(calls_counted)" -gt "$calls_before" ]; do
    [ $SECONDS -lt $deadline ] || broken "Tempo has the spans, but Prometheus does not count them" "docker compose logs tempo prometheus; metrics_generator in tempo/tempo.yaml"
    sleep 0.5
  done
}

calls_counted() {
  local counted
  counted=$(curl --silent --max-time 5 --get "$prometheus/api/v1/query" --data-urlencode 'query=sum(traces_spanmetrics_calls_total{service="frontend", span_name="POST /write"})' | jq -r '.data.result[0].value[1] // "0"' 2>/dev/null || true)
  echo "${counted:-0}"
}

# arrives PATH SERVICE: waits until the frontend reads a span or a log line of the service; else $arrival is what it last returned.
arrives() {
  local body deadline=$((SECONDS + arrives_within_seconds))
  until body=$(curl --silent --max-time 5 "$frontend$1") && jq -e --arg service "$2" 'arrays | any(.service == $service)' <<<"$body" >/dev/null 2>&1; do
    if [ $SECONDS -ge $deadline ]; then
      arrival="curl $frontend$1 returns $(jq -r 'objects.message // "\(map(.service) | unique | join(", ")) only"' <<<"$body" 2>/dev/null || true)"
      return 1
    fi
    sleep 0.3
  done
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

main
