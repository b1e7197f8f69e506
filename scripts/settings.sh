# shellcheck shell=bash
# Sourced by the other scripts: the settings of the demo. Also removes variables that would change what the scripts do.
export LC_ALL=C
unset CDPATH GREP_OPTIONS
[ -d "${TMPDIR:-/tmp}" ] || unset TMPDIR

# The state of this clone, and the record of the last make up: its mode and ports.
state=${LOCAL_STATE_DIRECTORY:-.local}
record=$state/last-up

recorded_mode() { sed -n 's/^MODE=//p' "$record" 2>/dev/null || true; }

common_ports='UI_PORT FRONTEND_PORT BACKEND_PORT POSTGRES_PORT OTLP_GRPC_PORT'
all_ports="$common_ports OTLP_HTTP_PORT TEMPO_PORT LOKI_PORT PROMETHEUS_PORT"

# load_settings FILE…: exports what the environment does not define; empty counts as not defined.
load_settings() {
  local line name
  while IFS= read -r line; do
    name=${line%%=*}
    [[ ! $name =~ ^[A-Z_]+$ ]] || [ -n "${!name:-}" ] || export "$name=${line#*=}"
  done < <(cat "$@")
}

# Those of the last make up, and for what it did not record, those of .env.
load_last_settings() {
  if [ -f "$record" ]; then load_settings "$record"; fi
  load_settings .env
}

ports_of_mode() { if [ "$1" = local ]; then echo "$common_ports"; else echo "$all_ports"; fi; }

# invalid_settings MODE: one sentence for each setting that cannot be used.
invalid_settings() {
  local name seen=' ' ports
  ports=$(ports_of_mode "$1")
  for name in $ports; do
    if ! is_between "${!name}" 1 65535; then
      echo "$name is \"${!name}\": expected a port from 1 to 65535"
    elif [[ $seen =~ \ ([A-Z_]+)=${!name}\  ]]; then
      echo "$name and ${BASH_REMATCH[1]} are both ${!name}: each needs a port of its own"
    fi
    seen+="$name=${!name} "
  done
  is_between "$EMIT_INTERVAL_MS" 0 86400000 || echo "EMIT_INTERVAL_MS is \"$EMIT_INTERVAL_MS\": expected a whole number from 0 to 86400000"
  [ "$1" != local ] || [ "${DEMO_FLAGD:-0}" = 0 ] ||
    echo "DEMO_FLAGD is \"$DEMO_FLAGD\": local mode has no flagd; unset it, or run make up MODE=docker"
  invalid_collector_settings "$1"
}

# The settings in docs/export.md. With an invalid one, the Collector would exit at every start; modes other than Docker would ignore it.
invalid_collector_settings() {
  local name overlay=${COLLECTOR_OVERLAY:-none} overlays=(collector/overlays/*.yaml)
  if [ "$1" != docker ]; then
    for name in DEMO_CLOUD COLLECTOR_OVERLAY; do
      [[ $name=${!name:-} =~ (=|DEMO_CLOUD=0|OVERLAY=none)$ ]] || echo "$name is \"${!name}\": only Docker mode uses it; unset it, or run make up MODE=docker"
    done
    return
  fi
  overlays=("${overlays[@]##*/}")
  [[ " ${overlays[*]} " == *" $overlay.yaml "* ]] || echo "COLLECTOR_OVERLAY is \"$overlay\": expected one of ${overlays[*]%.yaml}"
  [ "$overlay" != second-backend ] || [ -n "${SECOND_BACKEND:-}" ] ||
    echo 'SECOND_BACKEND is not set: expected the address of an OTLP receiver, such as http://host.docker.internal:4318'
  [ "${DEMO_CLOUD:-0}" != 0 ] || return 0
  case $overlay in second-backend | span-metrics)
    echo "COLLECTOR_OVERLAY is \"$overlay\", which cannot be combined with DEMO_CLOUD, because both set the exporters: expected none, redaction or tail-sampling" ;;
  esac
  [ -n "${OTLP_ENDPOINT:-}" ] || echo 'OTLP_ENDPOINT is not set: expected the address of an OTLP backend, such as https://otlp.example.com'
  [ -n "${OTLP_AUTHORIZATION:-}" ] || echo 'OTLP_AUTHORIZATION is not set: expected the authorization header of the OTLP backend, such as "Bearer …"'
  [[ ${OTLP_PROTOCOL:-http} =~ ^(http|grpc)$ ]] || echo "OTLP_PROTOCOL is \"$OTLP_PROTOCOL\": expected http or grpc"
}

# Tail sampling stores one healthy trace in ten: no command may wait for the trace of a write. make up records the overlay for the others.
is_sampled() { grep -qsx COLLECTOR_OVERLAY=tail-sampling "$record"; }

is_between() { [[ $1 =~ ^[0-9]{1,8}$ ]] && [ "$((10#$1))" -ge "$2" ] && [ "$((10#$1))" -le "$3" ]; }

# A proxy cannot reach this machine's loopback interface, and ~/.curlrc may hold anything.
curl() { command curl --disable --noproxy '*' "$@"; }

require_tools() {
  local tool
  for tool; do command -v "$tool" >/dev/null || give_up "$tool is missing: install it first" 69; done
}

give_up() {
  echo "$1" >&2
  exit "${2:-1}"
}
