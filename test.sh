#!/usr/bin/env bash
# Verifies the demo from outside: writes numbers through the frontend, then reads every row, trace and log line back.
# shellcheck disable=SC2317 # some functions are called by name, by verify
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac # without BASH_ENV, CDPATH and exported functions
set -euo pipefail
cd "$(dirname "$0")"
. scripts/settings.sh

usage='Usage: ./test.sh [WRITES]

Writes numbers through the frontend (100, or WRITES), and verifies that each write is one row, one complete trace, and log lines of
both services. Uses the ports of the last make up. Needs bash, curl and jq.

Exit status: 0 if nothing is missing, 1 if something is missing or nothing could be checked, 64 for a wrong argument,
69 if a program is missing.

Environment:
  SETTLE_SECONDS   how long traces and log lines may take to arrive (default 30)
  FRONTEND_PORT, UI_PORT, TEMPO_PORT, LOKI_PORT, PROMETHEUS_PORT   where to look, if not where make up started it'
case ${1:-} in -h | --help) echo "$usage" && exit ;; esac

writes=${1:-100}
settle_seconds=${SETTLE_SECONDS:-30}
if [ $# -gt 1 ] || ! [[ $writes =~ ^[1-9][0-9]{0,5}$ ]]; then
  give_up "./test.sh: expected a number of writes from 1 to 999999, not \"$*\" (--help shows the usage)" 64
fi
require_tools curl jq

load_last_settings

frontend=http://localhost:$FRONTEND_PORT
ui=http://localhost:$UI_PORT
tempo=http://localhost:$TEMPO_PORT
loki=http://localhost:$LOKI_PORT
prometheus=http://localhost:$PROMETHEUS_PORT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/answers"
: >"$work/row-problems"
passed=0
failed=0
started=$(date +%s)

main() {
  detect_mode
  if [ "$mode" = docker ]; then metrics_now >"$work/metrics-before"; fi
  writes_through_the_frontend
  latest_rows_are_shown
  echo
  verdict "each write is one row, exactly once" "$work/row-problems"
  verify_stored "each write is one complete trace" trace_problems
  verify "each trace has log lines of both services" log_problems
  if [ "$mode" = docker ]; then
    verify_stored "a TraceQL search finds each trace" search_problems
    verify_stored "the span metrics count each write" metric_problems
  fi
  summary
}

detect_mode() {
  answers "$frontend/healthz" || cannot_start "the frontend does not answer at $frontend"
  if answers "$ui/api/stats"; then mode=local
  elif answers "$tempo/api/echo"; then mode=docker
  else cannot_start "neither the viewer of local mode answers at $ui nor Tempo at $tempo"
  fi
}

answers() { curl --silent --fail --max-time 5 --output /dev/null "$1"; }

cannot_start() {
  echo "$1: make up starts it, make status shows what is running"
  failed=1
  summary
}

# --- write, and read the rows back ------------------------------------------------------------------------------------

# Ends with the answers, one JSON object a line, in $work/answers, and with what is wrong with their rows.
writes_through_the_frontend() {
  local begun=$SECONDS first last
  for ((first = 1; first <= writes; first += 50)); do
    last=$((first + 49 < writes ? first + 49 : writes))
    progress "writing" "$first" "$writes"
    write_numbers "$first" "$last"
    row_problems "$work/new" >>"$work/row-problems"
    cat "$work/new" >>"$work/answers"
  done
  clear_progress
  echo "$(answered) of $writes writes returned 201 in $((SECONDS - begun)) s"
}

# write_numbers FIRST LAST: sixteen at a time, more than the backend has connections to PostgreSQL.
# The fragment, after #, is not sent: it only numbers the files.
write_numbers() {
  local number
  rm -f "$work"/write-*
  curl --silent --parallel --parallel-max 16 --max-time 30 --request POST \
    --output "$work/write-#1" "$frontend/write#[$1-$2]" 2>/dev/null || true
  cat "$work"/write-* 2>/dev/null | jq -c 'select(.id and .traceId)' >"$work/new" 2>/dev/null || true
  [ "$(count "$work/new")" -lt $(($2 - $1 + 1)) ] || return 0
  for ((number = $1; number <= $2; number++)); do
    jq -e '.id and .traceId' "$work/write-$number" >/dev/null 2>&1 || write_failed "$number"
  done
}

write_failed() {
  local response
  response=$(jq -r '"returned \(.statusCode): \(.message)"' "$work/write-$1" 2>/dev/null) || true
  failed=$((failed + 1))
  clear_progress
  echo "NO  write $1: the frontend at $frontend ${response:-does not answer}"
  if [ "$failed" -ge 10 ]; then
    echo "10 writes failed: stopping here"
    summary
  fi
}

# row_problems ANSWERS: each row has the value of the response, and no other row has its trace id.
row_problems() {
  latest_rows 200 >"$work/rows"
  jq -e 'type == "array"' "$work/rows" >/dev/null 2>&1 || echo '[]' >"$work/rows"
  jq -r --slurpfile rows "$work/rows" '
    . as $answer
    | [$rows[0][] | select(.traceId == $answer.traceId)] as $found
    | if ($found | length) == 0 then "row \(.id): is missing; trace \(.traceId) wrote it"
      elif ($found | length) > 1 then "row \(.id): exists \($found | length) times, written by trace \(.traceId)"
      elif $found[0] != $answer then "row \(.id): has the value \($found[0].value), not \(.value)"
      else empty end' "$1"
}

latest_rows_are_shown() {
  local shown=$((writes < 100 ? writes : 100))
  echo "the latest $shown numbers, newest first:"
  latest_rows "$shown" | jq -r '.[].value' 2>/dev/null | xargs -n 10 printf '%8s%8s%8s%8s%8s%8s%8s%8s%8s%8s\n' || echo "  GET $frontend/read returned none"
}

latest_rows() { curl --silent --max-time 30 "$frontend/read?limit=$1"; }

# --- verify ------------------------------------------------------------------------------------------------------------

# verify PROMISE PROBLEMS: the function PROBLEMS prints what is wrong with the traces that a file lists; what is missing may still arrive.
verify() {
  local deadline=$((SECONDS + settle_seconds))
  jq -r .traceId "$work/answers" >"$work/open"
  while true; do
    "$2" "$work/open" >"$work/problems"
    if [ ! -s "$work/problems" ] || [ $SECONDS -ge $deadline ]; then break; fi
    subjects "$work/problems" >"$work/open"
    progress "$1" $(($(answered) - $(count "$work/open"))) "$(answered)"
    sleep 0.2
  done
  clear_progress
  verdict "$1" "$work/problems"
}

# verify_stored PROMISE PROBLEMS: as verify, for what needs every trace in Tempo.
verify_stored() {
  if is_sampled; then printf -- '--  %-45s cannot be verified with tail sampling\n' "$1"; else verify "$1" "$2"; fi
}

# verdict PROMISE PROBLEMS: counts, and shows the first problems.
verdict() {
  local bad total
  total=$(answered)
  if [ "$total" = 0 ]; then
    printf -- '--  %-45s nothing to check\n' "$1"
    return
  fi
  bad=$(subjects "$2" | wc -l | tr -d ' ')
  passed=$((passed + total - bad))
  failed=$((failed + bad))
  printf '%s  %-45s %6d of %d\n' "$([ "$bad" = 0 ] && echo ok || echo NO)" "$1" $((total - bad)) "$total"
  awk '/: / && ++shown <= 20 { print "      " $0 } END { if (shown > 20) print "      … and " shown - 20 " more" }' "$2"
}

# The subject of each problem: the second word of its line, once.
subjects() { cut -d' ' -f2 "$1" | tr -d : | sort -u; }

# trace_problems IDS: page/complete-trace.json lists the spans of a write, each the child of the one before. Retries repeat some of them.
trace_problems() {
  "spans_in_$mode" "$1" >"$work/spans"
  jq -rn --rawfile ids "$1" --slurpfile spans "$work/spans" --slurpfile definition page/complete-trace.json '
    def is($step): .service == $step.service and .kind == $step.kind and .name == $step.name;
    $definition[0].chain as $chain
    | ($spans | group_by(.traceId) | map({key: .[0].traceId, value: .}) | from_entries) as $by_trace
    | $ids | split("\n")[] | select(. != "") as $id
    | ($by_trace[.] // []) as $found
    | [$chain[] as $step | [$found[] | select(is($step))]] as $steps
    | (range($chain | length) | $chain[.] as $step
        | if $steps[.] == [] then "trace \($id): the span \($step.name) (\($step.kind)) of \($step.service) is missing"
          elif . == 0 then $steps[0][] | select(.parentSpanId) | "trace \($id): the span \(.name) of \(.service) has a parent"
          elif $steps[. - 1] == [] then empty
          else $chain[. - 1].name as $parent | [$steps[. - 1][].spanId] as $parents
            | $steps[.][] | select(.parentSpanId | IN($parents[]) | not)
            | "trace \($id): the span \(.name) of \(.service) is not the child of \($parent)" end),
      ($found - ($steps | add) | .[] | "trace \($id): the span \(.name) (\(.kind)) of \(.service) is unexpected")'
}

# log_problems IDS
log_problems() {
  "logs_in_$mode" "$1" >"$work/logs"
  jq -rn --rawfile ids "$1" --slurpfile logs "$work/logs" '
    ($logs | map({key: "\(.traceId) \(.service)", value: true}) | from_entries) as $present
    | $ids | split("\n")[] | select(. != "") as $id
    | ("frontend", "backend")
    | select($present["\($id) \(.)"] | not)
    | "trace \($id): no log line of \(.) carries its id"'
}

# search_problems IDS
search_problems() {
  traces_in_search >"$work/found"
  sort "$1" | comm -23 - "$work/found" | sed 's/^\(.*\)/trace \1: no search finds it/'
}

# metric_problems: Prometheus has counts, no ids. One sentence for all, and a line without one for each further write that is missing.
metric_problems() {
  local counted number sentence
  metrics_now >"$work/metrics"
  counted=$(jq -n --slurpfile before "$work/metrics-before" --slurpfile now "$work/metrics" \
    '[($now[0] // {}) | to_entries[] | .value - ($before[0][.key] // 0)] | add // 0')
  sentence=" the span metrics count $counted of $(answered) writes"
  for ((number = counted + 1; number <= $(answered); number++)); do
    echo "write $number:$sentence"
    sentence=''
  done
}

# --- read back: one JSON object a line, {traceId, spanId, parentSpanId, name, kind, service} and {traceId, service} ----------

# spans_in_docker IDS: each trace by its id, eight at a time.
spans_in_docker() {
  rm -rf "$work/traces"
  sed "s|.*|url = \"$tempo/api/v2/traces/&\"\noutput = \"$work/traces/&\"|" "$1" |
    curl --silent --parallel --parallel-max 8 --max-time 30 --create-dirs --config - 2>/dev/null || true
  find "$work/traces" -type f -exec jq -c '
    (input_filename | split("/") | last) as $id
    | .trace.resourceSpans[]?
    | first(.resource.attributes[] | select(.key == "service.name") | .value.stringValue) as $service
    | .scopeSpans[].spans[]
    | {traceId: $id, spanId, parentSpanId, name, kind: (.kind | ltrimstr("SPAN_KIND_")), service: $service}' {} + 2>/dev/null || true
}

logs_in_docker() {
  local ids
  in_groups 50 "$1" | while read -r ids; do
    curl --silent --max-time 30 "$loki/loki/api/v1/query_range" --data "limit=5000&start=$((started - 60))" \
      --data-urlencode "query={service_name=~\".+\"} | trace_id=~\"$ids\"" |
      jq -c '.data.result[].stream | {traceId: .trace_id, service: .service_name}' 2>/dev/null || true
  done
}

spans_in_local() { query_viewer traces "$1" '.traces[].spans[] | {traceId, spanId, parentSpanId, name, kind, service: .attributes["service.name"]}'; }

logs_in_local() { query_viewer logs "$1" '.logs[] | {traceId, service: .resourceName}'; }

# query_viewer KIND IDS FILTER
query_viewer() {
  local ids
  in_groups 100 "$2" | while read -r ids; do
    jq -n --arg ids "$ids" '{query: "trace_id IN \($ids / "|")", limit: 1000}' |
      curl --silent --max-time 30 --header 'content-type: application/json' --data @- "$ui/api/query/$1" |
      jq -c "$3" 2>/dev/null || true
  done
}

# in_groups SIZE IDS: on each line as many ids, with | between them.
in_groups() { xargs -r -n "$1" <"$2" | tr ' ' '|'; }

# The ids of this run, sorted. Tempo's search leaves out leading zeros.
traces_in_search() {
  curl --silent --max-time 30 --get "$tempo/api/search" --data "limit=$((writes * 2 + 1000))&start=$((started - 5))&end=$(($(date +%s) + 1))" \
    --data-urlencode 'q={ resource.service.name = "frontend" && name = "POST /write" }' |
    jq -r '.traces[]?.traceID | ("0" * (32 - length) // "") + .' 2>/dev/null | sort || true
}

# The count of each Tempo: {instance: writes}.
metrics_now() {
  curl --silent --max-time 30 --get "$prometheus/api/v1/query" \
    --data-urlencode 'query=sum by (__metrics_gen_instance) (traces_spanmetrics_calls_total{service="frontend", span_name="POST /write"})' |
    jq -c '[.data.result[] | {key: .metric.__metrics_gen_instance, value: (.value[1] | tonumber)}] | from_entries' 2>/dev/null || echo '{}'
}

# --- output -----------------------------------------------------------------------------------------------------------

answered() { count "$work/answers"; }

count() { wc -l <"$1" | tr -d ' '; }

progress() {
  if [ -t 1 ]; then printf '\r  %s: %d of %d ' "$1" "$2" "$3"; fi
}

clear_progress() {
  if [ -t 1 ]; then printf '\r%-70s\r' ''; fi
}

summary() {
  local trace_id
  echo
  if [ -s "$work/answers" ] && ! is_sampled; then
    trace_id=$(tail -n 1 "$work/answers" | jq -r .traceId)
    if [ "$mode" = docker ]; then echo "example: trace $trace_id, in Grafana ($ui) under Explore, Tempo"; else echo "example: $ui/#trace=$trace_id"; fi
  fi
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}

main
