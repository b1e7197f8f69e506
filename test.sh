#!/usr/bin/env bash
# Proves the demo from outside: writes numbers through the frontend, then reads every row, trace and log line back.
#   ./test.sh [WRITES]       100 unless a number is given; needs bash, curl and jq
# shellcheck disable=SC2317 # some functions are called by name, by prove
set -euo pipefail
cd "$(dirname "$0")"

writes=${1:-100}
settle_seconds=${SETTLE_SECONDS:-30} # how long traces and logs may take to arrive
if ! [[ $writes =~ ^[1-9][0-9]{0,5}$ ]]; then
  echo "./test.sh takes a number of writes from 1 to 999999, not \"$writes\"" >&2
  exit 64
fi
for tool in curl jq; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: install it first" >&2; exit 69; }
done

# The settings of .env, where the environment does not say otherwise.
while read -r line; do
  name=${line%%=*}
  [ -n "${!name+set}" ] || export "$name=${line#*=}"
done < <(grep -E '^[A-Z_]+=' .env)

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
  find_out_what_runs
  if [ "$mode" = docker ]; then metrics_now >"$work/metrics-before"; fi
  writes_through_the_frontend
  latest_rows_are_shown
  echo
  verdict "each write is one row, exactly once" "$work/row-problems"
  prove "each write is one complete trace" trace_problems
  prove "each trace has log lines of both services" log_problems
  if [ "$mode" = docker ]; then
    prove "a TraceQL search finds each trace" search_problems
    prove "the span metrics count each write" metric_problems
  fi
  summary
}

find_out_what_runs() {
  answers "$frontend/healthz" || cannot_start "the frontend does not answer at $frontend"
  if answers "$ui/api/stats"; then mode=local
  elif answers "$tempo/api/echo"; then mode=docker
  else cannot_start "neither the viewer of local mode answers at $ui nor Tempo at $tempo"
  fi
}

answers() { curl --silent --fail --max-time 5 --output /dev/null "$1"; }

cannot_start() {
  echo "$1: make up starts it, make status shows what runs. Ports that were changed for make up have to be changed here too."
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
  echo "$(answered) of $writes writes answered with 201 in $((SECONDS - begun)) s"
}

# write_numbers FIRST LAST: sixteen at a time, more than the backend has connections to PostgreSQL.
# What stands behind # is not sent: it only numbers the files.
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
  local said
  said=$(jq -r '"answered with \(.statusCode): \(.message)"' "$work/write-$1" 2>/dev/null) || true
  failed=$((failed + 1))
  clear_progress
  echo "NO  write $1: the frontend at $frontend ${said:-does not answer}"
  if [ "$failed" -ge 10 ]; then
    echo "too many writes failed; nothing more is tried"
    summary
  fi
}

# row_problems ANSWERS: each row has the value that was answered, and no other row has its trace id.
row_problems() {
  latest_rows 200 >"$work/rows"
  jq -e 'type == "array"' "$work/rows" >/dev/null 2>&1 || echo '[]' >"$work/rows"
  jq -r --slurpfile rows "$work/rows" '
    . as $answer
    | [$rows[0][] | select(.traceId == $answer.traceId)] as $found
    | if ($found | length) == 0 then "row \(.id): is missing; trace \(.traceId) wrote it"
      elif ($found | length) > 1 then "row \(.id): is there \($found | length) times, by trace \(.traceId)"
      elif $found[0] != $answer then "row \(.id): holds \($found[0].value), not \(.value)"
      else empty end' "$1"
}

latest_rows_are_shown() {
  local shown=$((writes < 100 ? writes : 100))
  echo "the latest $shown numbers, newest first:"
  latest_rows "$shown" | jq -r '.[].value' 2>/dev/null | xargs -n 10 printf '%8s%8s%8s%8s%8s%8s%8s%8s%8s%8s\n' || echo "  GET $frontend/read gives none"
}

latest_rows() { curl --silent --max-time 30 "$frontend/read?limit=$1"; }

# --- prove ------------------------------------------------------------------------------------------------------------

# prove PROMISE PROBLEMS: PROBLEMS prints what is wrong with the traces that a file lists; what is not there yet may still come.
prove() {
  local deadline=$((SECONDS + settle_seconds))
  jq -r .traceId "$work/answers" >"$work/open"
  while true; do
    "$2" "$work/open" >"$work/problems"
    if [ ! -s "$work/problems" ] || [ $SECONDS -ge $deadline ]; then break; fi
    subjects "$work/problems" >"$work/open"
    progress "$1" $(($(answered) - $(count "$work/open"))) "$(answered)"
    sleep 0.2 # between two looks
  done
  clear_progress
  verdict "$1" "$work/problems"
}

# verdict PROMISE PROBLEMS: counts, and shows the first problems.
verdict() {
  local bad total
  total=$(answered)
  bad=$(subjects "$2" | wc -l | tr -d ' ')
  passed=$((passed + total - bad))
  failed=$((failed + bad))
  printf '%s  %-45s %6d of %d\n' "$([ "$bad" = 0 ] && echo ok || echo NO)" "$1" $((total - bad)) "$total"
  head -n 20 "$2" | sed 's/^/      /'
  [ "$(count "$2")" -le 20 ] || echo "      … and $(($(count "$2") - 20)) more"
}

# What the problems are about: the second word of each line, once.
subjects() { cut -d' ' -f2 "$1" | tr -d : | sort -u; }

# trace_problems IDS: one write is these four spans, each the child of the one before, and no other.
trace_problems() {
  spans_of "$1" >"$work/spans"
  jq -rn --rawfile ids "$1" --slurpfile spans "$work/spans" '
    [ {service: "frontend", kind: "SERVER", name: "POST /write"},
      {service: "frontend", kind: "CLIENT", name: "POST"},
      {service: "backend", kind: "SERVER", name: "POST /numbers"},
      {service: "backend", kind: "CLIENT", name: "INSERT numbers"} ] as $whole
    | ($spans | group_by(.traceId) | map({key: .[0].traceId, value: .}) | from_entries) as $by_trace
    | $ids | split("\n")[] | select(. != "") as $id
    | ($by_trace[.] // []) as $found
    | [$whole[] as $w | first($found[] | select(.service == $w.service and .kind == $w.kind and .name == $w.name)) // null] as $chain
    | (range(4) | select($chain[.] == null) | "trace \($id): the span \($whole[.].name) (\($whole[.].kind)) of \($whole[.].service) is missing"),
      (range(4) | select($chain[.] != null and (. == 0 or $chain[. - 1] != null))
        | select($chain[.].parentSpanId != (if . == 0 then null else $chain[. - 1].spanId end))
        | "trace \($id): the span \($whole[.].name) of \($whole[.].service) is not the child of \(if . == 0 then "nothing" else $whole[. - 1].name end)"),
      ($found - $chain | .[] | "trace \($id): the span \(.name) (\(.kind)) of \(.service) should not be there")'
}

# log_problems IDS
log_problems() {
  logs_of "$1" >"$work/logs"
  jq -rn --rawfile ids "$1" --slurpfile logs "$work/logs" '
    ($logs | map({key: "\(.traceId) \(.service)", value: true}) | from_entries) as $there
    | $ids | split("\n")[] | select(. != "") as $id
    | ("frontend", "backend")
    | select($there["\($id) \(.)"] | not)
    | "trace \($id): no log line of \(.) carries its id"'
}

# search_problems IDS
search_problems() {
  traces_in_search >"$work/found"
  sort "$1" | comm -23 - "$work/found" | sed 's/^\(.*\)/trace \1: no search finds it/'
}

# metric_problems: Prometheus counts spans; it does not know one from the other.
metric_problems() {
  local counted number
  metrics_now >"$work/metrics"
  counted=$(jq -n --slurpfile before "$work/metrics-before" --slurpfile now "$work/metrics" \
    '[($now[0] // {}) | to_entries[] | .value - ($before[0][.key] // 0)] | add // 0')
  for ((number = counted + 1; number <= $(answered); number++)); do
    echo "write $number: the span metrics count $counted of $(answered) writes"
  done
}

# --- read back: one JSON object a line, {traceId, spanId, parentSpanId, name, kind, service} and {traceId, service} ----------

# Grafana is where the local viewer would be, and does not know the viewer's question.

spans_of() {
  if [ "$mode" = docker ]; then spans_in_tempo "$1"; else
    ask_viewer traces "$1" '.traces[].spans[] | {traceId, spanId, parentSpanId, name, kind, service: .attributes["service.name"]}'
  fi
}

logs_of() {
  if [ "$mode" = docker ]; then logs_in_loki "$1"; else
    ask_viewer logs "$1" '.logs[] | {traceId, service: .resourceName}'
  fi
}

# spans_in_tempo IDS: each trace by its id, eight at a time.
spans_in_tempo() {
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

# logs_in_loki IDS: fifty ids at a time.
logs_in_loki() {
  local ids
  split -l 50 "$1" "$work/ask-"
  for ids in "$work"/ask-*; do
    [ -e "$ids" ] || break
    curl --silent --max-time 30 "$loki/loki/api/v1/query_range" --data "limit=5000&start=$((started - 60))" \
      --data-urlencode "query={service_name=~\".+\"} | trace_id=~\"$(paste -sd '|' "$ids")\"" |
      jq -c '.data.result[].stream | {traceId: .trace_id, service: .service_name}' 2>/dev/null || true
    rm "$ids"
  done
}

# The ids of this run, sorted. Tempo's search leaves out leading zeros.
traces_in_search() {
  curl --silent --max-time 30 --get "$tempo/api/search" --data "limit=$((writes * 2 + 1000))&start=$((started - 5))&end=$(($(date +%s) + 1))" \
    --data-urlencode 'q={ resource.service.name = "frontend" && name = "POST /write" }' |
    jq -r '.traces[]?.traceID | ("0" * (32 - length) // "") + .' 2>/dev/null | sort || true
}

# What each Tempo has counted: {instance: writes}.
metrics_now() {
  curl --silent --max-time 30 --get "$prometheus/api/v1/query" \
    --data-urlencode 'query=sum by (__metrics_gen_instance) (traces_spanmetrics_calls_total{service="frontend", span_name="POST /write"})' |
    jq -c '[.data.result[] | {key: .metric.__metrics_gen_instance, value: (.value[1] | tonumber)}] | from_entries' 2>/dev/null || echo '{}'
}

# ask_viewer KIND IDS FILTER: a hundred ids at a time.
ask_viewer() {
  local ids
  split -l 100 "$2" "$work/ask-"
  for ids in "$work"/ask-*; do
    [ -e "$ids" ] || break
    jq -Rn '{query: ("trace_id IN [" + ([inputs | tojson] | join(",")) + "]"), limit: 1000}' "$ids" |
      curl --silent --max-time 30 --header 'content-type: application/json' --data @- "$ui/api/query/$1" |
      jq -c "$3" 2>/dev/null || true
    rm "$ids"
  done
}

# --- say --------------------------------------------------------------------------------------------------------------

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
  if [ -s "$work/answers" ]; then
    trace_id=$(tail -n 1 "$work/answers" | jq -r .traceId)
    if [ "$mode" = docker ]; then echo "look at one: $ui, Explore, Tempo, $trace_id"; else echo "look at one: $ui/#trace=$trace_id"; fi
  fi
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}

main
