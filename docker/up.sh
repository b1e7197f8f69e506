# shellcheck shell=bash
# Sourced by docker/run.sh: starts the stack, and returns when a write has its row, its complete trace and its log lines.
. scripts/up.sh

ready_within_seconds=180 # Grafana's first start takes the longest

main() {
  require_tools curl jq
  docker compose config --quiet 2>"$work/config" || give_up "docker-compose.yml cannot be used: $(<"$work/config")"
  refuse_remote_engine
  refuse_unreadable_files
  refuse_taken_ports docker "$(docker compose ps --format json | jq -rs 'flatten[].Publishers[]?.PublishedPort')"
  MODE=docker faults/fault.sh off >/dev/null
  step images get_images
  step components start_components
  if is_sampled; then
    step "first write" verify_write
    echo "  tail sampling stores one healthy trace in ten: the trace of this write was not checked"
  else
    step "first complete trace" verify_write
  fi
  show_addresses "Grafana: $GRAFANA_USER, password $GRAFANA_PASSWORD"
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
  [ -z "$unreadable" ] || give_up "containers cannot read $unreadable: this checkout was made with a strict umask; run chmod -R go+rX ${folders[*]}"
}

get_images() {
  {
    docker compose pull --quiet --policy missing --ignore-buildable && docker compose build --quiet
  } >"$work/images" 2>&1 || fail "cannot pull or build an image:"$'\n'"$(tail -n 15 "$work/images")"
}

start_components() {
  remove_failed_containers
  docker compose --progress plain up --detach --no-build --remove-orphans --wait --wait-timeout $ready_within_seconds >"$work/up" 2>&1 ||
    fail "docker compose up failed: $(grep -vE '^ *(Container|Network|Volume|Image) ' "$work/up" | tail -n 15)"$'\n'"$(describe_failed_component)"
  # The Collector has no health check: Compose only waits for its process.
  curl --silent --fail --max-time 20 --retry 10 --retry-delay 1 --retry-all-errors --header 'content-type: application/json' --data '{}' --output /dev/null \
    "http://127.0.0.1:$OTLP_HTTP_PORT/v1/traces" || fail "the Collector does not accept telemetry at port $OTLP_HTTP_PORT. The end of its log:
$(logs_of collector | tail -n 15)

$what_next"
}

# What an earlier start has left must not be mistaken for the result of this one.
remove_failed_containers() {
  local names
  names=$(docker compose ps --all --format json | jq -rs 'flatten[] | select(.State != "running" or .Health == "unhealthy") | .Service')
  # shellcheck disable=SC2086 # one word for each
  [ -z "$names" ] || docker compose rm --stop --force $names >/dev/null 2>&1
}

# The one that exits again and again, if there is one: the others may only wait for it.
describe_failed_component() {
  local component reason
  IFS=$'\t' read -r component reason < <(docker compose ps --all --quiet | xargs docker inspect | jq -r '
    [.[] | select(.State.Status != "created" and .State.Health.Status != "healthy" and (.RestartCount > 0 or .State.Health or .State.ExitCode != 0))]
    | sort_by(-.RestartCount)[0] // empty
    | [.Config.Labels["com.docker.compose.service"],
       if .State.OOMKilled then "ran out of memory: raise its mem_limit in docker-compose.yml"
       elif .RestartCount > 0 then "exits again and again (exit code \(.State.ExitCode))"
       else "is not ready (\(.State.Status), \(.State.Health.Status // "no health check"))" end]
    | @tsv') || return 0
  echo "$component $reason. The end of its log:
$(logs_of "$component" | tail -n 15)

Its settings are in docker-compose.yml and $component/. If data of an older version is the cause, make clean removes it.
$what_next"
}

logs_of() { docker compose logs --no-color --no-log-prefix "$1" 2>&1; }

main
