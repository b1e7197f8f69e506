#!/usr/bin/env bash
# Checks the stack that should run here, in the order that data flows, and names the first hop that is broken and the command that repairs it.
#   make doctor          ends with 0 if all is well, else with 1
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac # without BASH_ENV, CDPATH and exported functions
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. docker/engine.sh
load_settings .env

mode=$(scripts/last-mode.sh)
arrive_within_seconds=15 # of a span or a log line in its store
min_free_mb=500
max_skew_seconds=2

frontend=http://localhost:$FRONTEND_PORT backend=http://localhost:$BACKEND_PORT ui=http://localhost:$UI_PORT
tempo=http://localhost:$TEMPO_PORT loki=http://localhost:$LOKI_PORT prometheus=http://localhost:$PROMETHEUS_PORT
if [ "$mode" = docker ]; then
  FAULTS_FILE=.faults/flags.json
  otlp=http://localhost:$OTLP_HTTP_PORT
  parts='postgres prometheus tempo loki collector backend frontend grafana'
else
  otlp=$ui # the viewer accepts OTLP over HTTP there
  parts='postgres viewer backend frontend'
fi

main() {
  check "tools" check_tools
  check "disk" check_disk
  if [ "$mode" = docker ]; then
    check "Docker engine" check_engine
    check "images" check_images
  fi
  for part in $parts; do check "$part" "check_part_$mode" "$part"; done
  check "port of each component" check_ports
  if [ "$mode" = docker ]; then check "clock" check_clock; fi
  check "faults" check_faults
  check "OTLP is accepted by the $(receiver)" check_otlp
  check "a span: $(receiver) to $(store traces)" check_direct_span
  check "a log record: $(receiver) to $(store logs)" check_direct_log
  check "a write: frontend to backend to PostgreSQL" check_write
  check "its spans: frontend to $(store traces)" check_spans frontend
  check "its spans: backend to $(store traces)" check_spans backend
  check "its trace is one: traceparent from frontend to backend" check_one_trace
  check "its log lines: frontend to $(store logs)" check_logs frontend
  check "its log lines: backend to $(store logs)" check_logs backend
  if [ "$mode" = docker ]; then check "its span metrics: Tempo to Prometheus" check_span_metrics; fi
  echo "healthy: $checks of $checks checks passed"
}

checks=0

# check NAME FUNCTION ARGUMENT…: the function calls broken, or returns.
check() {
  hop=$1
  shift
  "$@"
  checks=$((checks + 1))
  printf '  ok      %s\n' "$hop"
}

# broken WHY REPAIR
broken() {
  printf '  BROKEN  %s\n          %s\n          repair: %s\n' "$hop" "$1" "$2"
  exit 1
}

receiver() { if [ "$mode" = docker ]; then echo Collector; else echo viewer; fi; }
store() { if [ "$mode" = local ]; then echo viewer; elif [ "$1" = traces ]; then echo Tempo; else echo Loki; fi; }

# --- this machine ------------------------------------------------------------------------------------------------------------

check_tools() {
  local tool tools='curl jq'
  if [ "$mode" = docker ]; then tools+=' docker'; fi
  for tool in $tools; do command -v "$tool" >/dev/null || broken "$tool is not installed" "install $tool with the package manager of this machine"; done
  [ "$mode" = docker ] || [ -x node_modules/.bin/node ] || broken "the npm packages are not installed" "make up MODE=local"
}

check_disk() {
  local free
  free=$(df -Pk . | awk 'NR == 2 {print int($4 / 1024)}')
  [ "$free" -ge "${MIN_FREE_MB:-$min_free_mb}" ] || broken "$free MB are free, fewer than ${MIN_FREE_MB:-$min_free_mb}" "docker system prune, or remove other files"
}

check_engine() {
  local said
  said=$(docker info 2>&1 >/dev/null) && return
  case $said in
    *'permission denied'*) broken "this user may not use the Docker engine" "sudo usermod -aG docker \"\$USER\", and log in again" ;;
    *) broken "no Docker engine answers: ${said##*$'\n'}" "start Docker, or make up MODE=local, which needs none" ;;
  esac
}

check_images() {
  local image images
  images=$(docker compose config --images 2>&1) || broken "docker-compose.yml cannot be used: ${images##*$'\n'}" "correct it, or what .env and the environment set in it"
  for image in $images; do
    docker image inspect "$image" >/dev/null 2>&1 || broken "the image $image is not here" "make up MODE=docker"
  done
}

# Of the stack's machine, which is another one with Docker Desktop, by the Date header of Tempo.
check_clock() {
  local there skew
  there=$(curl --silent --max-time 5 --output /dev/null --write-out '%header{date}' "$tempo/ready")
  there=$(date -u -d "$there" +%s 2>/dev/null || date -u -j -f '%a, %d %b %Y %T GMT' "$there" +%s 2>/dev/null) || return 0
  skew=$(($(date +%s) - there))
  [ "${skew#-}" -le $max_skew_seconds ] || broken "the clocks of this machine and of the containers differ by ${skew#-} s: stores look for new data at the wrong time" "restart Docker, which sets its clock"
}

# --- components --------------------------------------------------------------------------------------------------------------

check_part_docker() {
  local now
  now=$(docker compose ps --all --format json | jq -rs --arg part "$1" 'flatten[] | select(.Service == $part) | "\(.State) \(.Health)"' | head -n 1)
  case $now in
    'running healthy' | 'running ') return ;;
    '') broken "$1 was not started" "make up MODE=docker" ;;
    paused*) broken "$1 is paused: it accepts connections, and answers nothing" "make fault NAME=off, or docker compose unpause $1" ;;
    'running starting') broken "$1 is starting, or has not become healthy" "wait for a minute, then docker compose logs --tail 20 $1" ;;
    *) broken "$1 is ${now% }" "make up MODE=docker; docker compose logs --tail 20 $1 tells why it ended" ;;
  esac
}

check_part_local() {
  local pid now
  [ "$1" != postgres ] || [ -z "${DEMO_POSTGRES_URL:-}" ] || return 0 # one of your own
  pid=$(jq -re .pid "$state/$1.json" 2>/dev/null) || broken "$1 was not started" "make up MODE=local"
  now=$(ps -o stat= -p "$pid" 2>/dev/null || true)
  case $now in
    '' | Z*) broken "$1 has ended" "make up MODE=local; the end of $state/$1.log tells why" ;;
    T*) broken "$1 is paused: it accepts connections, and answers nothing" "make fault NAME=off, or kill -CONT $pid" ;;
  esac
}

check_ports() {
  answers "$ui" UI_PORT
  answers "$backend/healthz" BACKEND_PORT
  answers "$frontend/healthz" FRONTEND_PORT
  if [ "$mode" = docker ]; then
    answers "$tempo/ready" TEMPO_PORT
    answers "$loki/ready" LOKI_PORT
    answers "$prometheus/-/ready" PROMETHEUS_PORT
  fi
}

# answers URL VARIABLE
answers() {
  curl --silent --fail --location --max-time 5 --output /dev/null "$1" || broken "$1 does not answer, though its component runs" "was $2 changed since the start? make up; else make logs"
}

# What is broken on purpose, and looks healthy to everything below.
check_faults() {
  local on
  on=$(jq -r '[.flags | to_entries[] | select(.value.state == "ENABLED") | .key] | join(", ")' "$FAULTS_FILE" 2>/dev/null || true)
  [ -z "$on" ] || broken "switched on, and perhaps forgotten: $on" "make fault NAME=off"
}

# --- a probe of its own, sent where the services send -----------------------------------------------------------------------------

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

check_otlp() {
  local status now
  probe=$(random_hex 16)
  now=$(date +%s)000000000
  local resource='{"attributes":[{"key":"service.name","value":{"stringValue":"doctor"}}]}'
  for signal in traces logs; do
    if [ $signal = traces ]; then
      body="{\"resourceSpans\":[{\"resource\":$resource,\"scopeSpans\":[{\"spans\":[{\"traceId\":\"$probe\",\"spanId\":\"$(random_hex 8)\",\"name\":\"doctor\",\"kind\":1,\"startTimeUnixNano\":\"$now\",\"endTimeUnixNano\":\"$now\",\"status\":{\"code\":2}}]}]}]}"
    else
      body="{\"resourceLogs\":[{\"resource\":$resource,\"scopeLogs\":[{\"logRecords\":[{\"traceId\":\"$probe\",\"timeUnixNano\":\"$now\",\"body\":{\"stringValue\":\"doctor\"}}]}]}]}"
    fi
    status=$(curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' --header 'content-type: application/json' --data "$body" "$otlp/v1/$signal" || true)
    [ "$status" = 200 ] || broken "$otlp/v1/$signal answers with $status: nothing can be delivered" "make logs shows what the $(receiver) says; make up starts it again"
  done
}

check_direct_span() {
  arrives span_count "$probe" doctor || broken "the $(receiver) has accepted a span, and $(store traces) has not got it after $arrive_within_seconds s" "make logs shows the errors of its exporter; collector/collector.yaml has the address and the overlays"
}

check_direct_log() {
  arrives log_count "$probe" doctor || broken "the $(receiver) has accepted a log record, and $(store logs) has not got it after $arrive_within_seconds s" "make logs shows the errors of its exporter; collector/collector.yaml has the address and the overlays"
}

# --- a write, followed hop by hop --------------------------------------------------------------------------------------------------

check_write() {
  local response status
  asked=$(random_hex 16)
  calls_before=$(calls_counted)
  response=$(curl --silent --max-time 15 --request POST --header "traceparent: 00-$asked-$(random_hex 8)-01" --write-out '\n%{http_code}' "$frontend/write" || true)
  status=${response##*$'\n'}
  trace_id=$(jq -r '.traceId // empty' <<<"${response%$'\n'*}" 2>/dev/null || true)
  [ "$status" != 201 ] || return 0
  broken "POST $frontend/write was answered with $status: $(jq -r '.message // "no message"' <<<"${response%$'\n'*}" 2>/dev/null || true)" "make logs shows the error, with trace id ${trace_id:-unknown}"
}

check_spans() {
  local id=$asked
  if [ "$1" = backend ]; then id=${trace_id:-$asked}; fi
  arrives span_count "$id" "$1" || broken "the write was traced, and no span of the $1 has arrived" "OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_EXPORTER of the $1 tell where it sends; its log, whether it cannot: make logs"
}

check_one_trace() {
  [ "$asked" = "$trace_id" ] || broken "the backend wrote the row in the trace $trace_id, not in $asked" "what lies between them removes traceparent, or OTEL_PROPAGATORS differ"
}

check_logs() {
  arrives log_count "$asked" "$1" || broken "no log line of the $1 with this trace id has arrived, but its spans have" "LOG_LEVEL and OTEL_LOGS_EXPORTER of the $1"
}

check_span_metrics() {
  local deadline=$((SECONDS + 30))
  until [ "$(calls_counted)" -gt "$calls_before" ]; do
    [ $SECONDS -lt $deadline ] || broken "Tempo has the spans, and Prometheus does not count them" "docker compose logs tempo prometheus; metrics_generator in tempo/tempo.yaml"
    sleep 0.5
  done
}

calls_counted() {
  local counted
  [ "$mode" = docker ] || { echo 0 && return; }
  counted=$(curl --silent --max-time 5 --get "$prometheus/api/v1/query" --data-urlencode 'query=sum(traces_spanmetrics_calls_total{service="frontend", span_name="POST /write"})' | jq -r '.data.result[0].value[1] // "0"' 2>/dev/null || true)
  echo "${counted:-0}"
}

# arrives COUNT ID SERVICE
arrives() {
  local found deadline=$((SECONDS + arrive_within_seconds))
  while found=$("$1" "$2" "$3"); [ "${found:-0}" = 0 ]; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.3
  done
}

span_count() {
  if [ "$mode" = docker ]; then
    curl --silent --max-time 5 "$tempo/api/v2/traces/$1" | jq --arg service "$2" '[.trace.resourceSpans[]? | select(any(.resource.attributes[]; .key == "service.name" and .value.stringValue == $service))] | length' 2>/dev/null || true
  else
    viewer_query traces "$1" | jq --arg service "$2" '[.traces[]?.spans[] | select(.attributes["service.name"] == $service)] | length' 2>/dev/null || true
  fi
}

log_count() {
  if [ "$mode" = docker ]; then
    curl --silent --max-time 5 --get "$loki/loki/api/v1/query_range" --data-urlencode "query={service_name=\"$2\"} | trace_id=\"$1\"" | jq '.data.result | length' 2>/dev/null || true
  else
    viewer_query logs "$1" | jq --arg service "$2" '[.logs[]? | select(.resourceName == $service)] | length' 2>/dev/null || true
  fi
}

viewer_query() {
  curl --silent --max-time 5 --header 'content-type: application/json' --data "{\"query\": \"trace_id = \\\"$2\\\"\", \"limit\": 1000}" "$ui/api/query/$1"
}

main
