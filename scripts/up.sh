# shellcheck shell=bash
# shellcheck disable=SC2154 # all_ports comes from scripts/settings.sh, the ports from .env
# Sourced by the scripts that start the demo, which define logs_of COMPONENT: the steps of every mode, and their output.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'fail "interrupted: make status shows what is running, make down stops it"' INT TERM

# step NAME FUNCTION: runs the function and prints its duration, unless it calls fail.
step() {
  local TIMEFORMAT='%1R s'
  printf '  %-20s ' "$1"
  { time "$2" 2>&3; } 3>&2 2>&1 # bash reports the time on standard error
}

fail() {
  TIMEFORMAT='' # of step
  echo failed
  give_up "$1"
}

what_next="Everything that was started is still running: make logs shows the logs, make status the components, make down stops them."

# --- ports ------------------------------------------------------------------------------------------------------------

# refuse_taken_ports MODE [OWN_PORTS]: OWN_PORTS are those of the running demo, which are allowed.
refuse_taken_ports() {
  local name port sentences=''
  for name in $all_ports; do
    port=${!name}
    if ! grep -qx "$port" <<<"${2:-}" && is_taken "$port"; then
      sentences+="port $port is in use by $(holder_of "$port"): stop it, or choose another port: $name=$((port > 64535 ? port - 1000 : port + 1000)) make up MODE=$1"$'\n'
    fi
  done
  [ -z "$sentences" ] || give_up "${sentences%$'\n'}"
}

# Checks ::1 as well, because a browser may resolve localhost to it.
is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || (exec 3<>"/dev/tcp/::1/$1") 2>/dev/null; }

# Such as `the container shop-db-1`, or `node (process 4711)`.
holder_of() {
  local found
  found=$(docker ps --filter "publish=$1" --format 'the container {{.Names}}' 2>/dev/null | head -n 1)
  [ -n "$found" ] || found=$(lsof -nP "-iTCP:$1" -sTCP:LISTEN -Fpc 2>/dev/null | awk '/^p/ {p = substr($0, 2)} /^c/ {print substr($0, 2) " (process " p ")"; exit}')
  [ -n "$found" ] || found=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -nE 's/.*\(\("([^"]+)",pid=([0-9]+).*/\1 (process \2)/p' | head -n 1)
  echo "${found:-another program}"
}

# --- the first complete trace -----------------------------------------------------------------------------------------

# Writes a number and waits until its trace is complete and both services have a log line, through the same API as the front page.
verify_write() {
  local frontend=http://127.0.0.1:$FRONTEND_PORT deadline=$((SECONDS + 60)) status trace
  until write_number; do
    [ $SECONDS -lt $deadline ] || fail "$(why_no_write "$status")"$'\n'"$what_next"
    sleep 0.2
  done
  trace=$frontend/trace/$(jq -r .traceId "$work/write")
  until is_sampled || is_complete; do
    [ $SECONDS -lt $deadline ] || fail "the write succeeded, but its trace is not complete: curl $trace shows its spans"$'\n'"$what_next"
    sleep 0.05
  done
  until has_both_logs; do
    [ $SECONDS -lt $deadline ] || fail "the write succeeded, but not both services have a log line with its trace id: curl $trace/logs shows the stored lines"$'\n'"$what_next"
    sleep 0.05
  done
}

write_number() {
  status=$(curl --silent --max-time 5 --request POST --output "$work/write" --write-out '%{http_code}' "$frontend/write") || true
  [ "$status" = 201 ]
}

is_complete() {
  curl --silent --max-time 10 --dump-header "$work/headers" --output /dev/null "$trace?waitMs=5000" && grep -qi '^trace-complete: true' "$work/headers"
}

has_both_logs() {
  curl --silent --max-time 10 "$trace/logs?waitMs=5000" | jq -e 'arrays | map(.service) | contains(["backend", "frontend"])' >/dev/null
}

# The response does not contain the reason for which PostgreSQL rejects the backend, but the backend's log does.
why_no_write() {
  local reason
  echo "POST http://localhost:$FRONTEND_PORT/write returned ${1/000/no response}: $(jq -r '.message // empty' "$work/write" 2>/dev/null)"
  reason=$(logs_of backend | jq -rR 'fromjson? | .msg | select(startswith("PostgreSQL at"))' | tail -n 1)
  case $reason in *'is not ready'*) echo "$reason" ;; esac
  case $reason in
    *'authentication failed'* | *'does not exist'*) echo "BACKEND_PASSWORD takes effect only when the database is created: set it to the old password, or remove the data with make clean." ;;
  esac
}

# --- addresses --------------------------------------------------------------------------------------------------------

# show_addresses LOGIN [LINE]: with the login of Grafana, and an additional line.
show_addresses() {
  cat <<END

  traces and logs   http://localhost:$UI_PORT${1:+ ($1)}
  front page        http://localhost:$FRONTEND_PORT
  write a number    curl -X POST http://localhost:$FRONTEND_PORT/write
  API pages         http://localhost:$FRONTEND_PORT/docs  http://localhost:$BACKEND_PORT/docs${2:+
  $2}

  ./test.sh verifies 100 writes; make status, make logs, make down
END
}
