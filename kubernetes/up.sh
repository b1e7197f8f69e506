#!/usr/bin/env bash
# Starts the stack in a Kubernetes cluster, and returns when a first complete trace is in Tempo and its logs are in Loki.
# Needs kubectl, Docker, curl and jq. OVERLAY=scale starts kubernetes/scale.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=kubernetes/context.sh
. kubernetes/context.sh
# shellcheck source=kubernetes/images.sh
. kubernetes/images.sh

overlay=${OVERLAY:-base}
ready_within_seconds=300

# The settings of .env, where the environment does not say otherwise.
while read -r line; do
  name=${line%%=*}
  [ -n "${!name+set}" ] || export "$name=${line#*=}"
done < <(grep -E '^[A-Z_]+=' .env)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
  [ -f "kubernetes/$overlay/kustomization.yaml" ] || give_up "OVERLAY is \"$overlay\"; it must be base or scale"
  for tool in kubectl curl jq $([ -n "${IMAGE_TAG:-}" ] || echo docker); do
    command -v "$tool" >/dev/null || give_up "$tool is missing: install it first"
  done
  choose_context up
  stop_forwards
  refuse_taken_ports
  step images provide_images
  write_kustomization
  step apply apply
  wait_for_workloads
  start_forwards
  step "first trace" prove_first_trace
  show_addresses
}

refuse_taken_ports() {
  local name port sentences=''
  for name in UI_PORT FRONTEND_PORT BACKEND_PORT PGPORT OTLP_GRPC_PORT OTLP_HTTP_PORT TEMPO_PORT LOKI_PORT PROMETHEUS_PORT; do
    port=${!name}
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      sentences+="port $port is in use; $name=$((port + 1000)) make up MODE=kubernetes would use another"$'\n'
    fi
  done
  [ -z "$sentences" ] || give_up "${sentences%$'\n'}"
}

# What is applied: the overlay, with the images that were just built and the settings of this machine.
write_kustomization() {
  local pair image
  mkdir -p "$state"
  {
    echo "apiVersion: kustomize.config.k8s.io/v1beta1"
    echo "kind: Kustomization"
    echo "namespace: fastify-opentelemetry-demo"
    echo "resources: [../kubernetes/$overlay]"
    echo "images:"
    for pair in "${images[@]}"; do
      image=${pair#*=}
      echo "  - { name: ${pair%%=*}, newName: ${image%:*}, newTag: \"${image##*:}\" }"
    done
    echo "configMapGenerator:"
    echo "  - name: services"
    echo "    behavior: merge"
    echo "    literals: [\"GRAFANA_URL=http://localhost:$UI_PORT\", \"EMIT_INTERVAL_MS=$EMIT_INTERVAL_MS\", \"LOG_LEVEL=${LOG_LEVEL:-info}\"]"
  } >"$state/kustomization.yaml"
}

apply() {
  kubectl --context "$context" apply --server-side --force-conflicts --kustomize "$state" >"$work/apply" 2>&1 ||
    give_up "kubectl apply failed:"$'\n'"$(grep -v 'serverside-applied$' "$work/apply")"
  printf '%s\n' "$context" >"$state/context"
  remove_leftovers
}

# What another overlay has left: of the same name but another kind, or not in this one at all.
remove_leftovers() {
  local kind
  kubectl kustomize "$state" | awk '/^kind: /{kind=$2} /^  name: /{print tolower(kind) "/" $2; }' | sort -u >"$work/wanted"
  for kind in deployment statefulset horizontalpodautoscaler poddisruptionbudget networkpolicy service configmap secret; do
    in_cluster get "$kind" --selector app.kubernetes.io/part-of=fastify-opentelemetry-demo --output name
  done | sed 's/\.[^/]*//' | sort | comm -23 - "$work/wanted" >"$work/leftovers"
  [ ! -s "$work/leftovers" ] || xargs kubectl --context "$context" --namespace fastify-opentelemetry-demo delete --wait=false <"$work/leftovers" >/dev/null
}

# Names each workload when it is ready, with the seconds since the first was applied.
wait_for_workloads() {
  local began left workload line
  began=$(now_ms)
  in_cluster get deployments,statefulsets --selector app.kubernetes.io/part-of=fastify-opentelemetry-demo --output json >"$work/workloads"
  left=$(jq -r '.items[] | "\(.kind)/\(.metadata.name)"' "$work/workloads")
  while [ -n "$left" ]; do
    in_cluster get deployments,statefulsets --selector app.kubernetes.io/part-of=fastify-opentelemetry-demo --output json >"$work/workloads" 2>/dev/null || true
    for workload in $left; do
      line=$(ready_line "$workload")
      [ -z "$line" ] || { left=$(grep -vxF "$workload" <<<"$left" || true) && printf '  %-26s %s s\n' "${workload#*/}" "$(seconds_since "$began")"; }
    done
    [ $(($(now_ms) - began)) -lt $((ready_within_seconds * 1000)) ] || workload_failed "${left%%$'\n'*}"
    sleep 0.3 # between two looks
  done
}

# Its name, once every replica is of the current version and ready.
ready_line() {
  jq -r --arg workload "$1" '.items[] | select("\(.kind)/\(.metadata.name)" == $workload)
    | select(.status.observedGeneration == .metadata.generation and (.status.updatedReplicas // 0) == .spec.replicas
        and (.status.readyReplicas // 0) == .spec.replicas and .status.replicas == .spec.replicas) | .metadata.name' "$work/workloads"
}

workload_failed() {
  local name=${1#*/}
  give_up "$name is not ready after $ready_within_seconds s.
$(in_cluster get pods --selector "app.kubernetes.io/name=$name")
$(in_cluster get events --field-selector type=Warning --output 'custom-columns=OBJECT:.involvedObject.name,MESSAGE:.message' | grep "^$name" | tail -n 5)
The end of its log:
$(in_cluster logs --selector "app.kubernetes.io/name=$name" --tail 15 2>&1)

make status shows what runs, make down stops the rest."
}

# --- ports ------------------------------------------------------------------------------------------------------------

start_forwards() {
  set -m # a process group of its own, to be ended as a whole
  nohup kubernetes/forward.sh "$context" >/dev/null 2>&1 &
  echo $! >"$state/forward.pid"
  set +m
}

stop_forwards() { bash kubernetes/stop-forwards.sh; }

# --- the first trace --------------------------------------------------------------------------------------------------

# One write, then its four spans from Tempo and the log lines of both services from Loki, as the frontend reads them back.
prove_first_trace() {
  local frontend=http://localhost:$FRONTEND_PORT trace_id deadline=$((SECONDS + 60)) spans=0 services=''
  until trace_id=$(curl --silent --max-time 5 --request POST "$frontend/write" | jq -re .traceId 2>/dev/null); do
    [ $SECONDS -lt $deadline ] || give_up "POST $frontend/write gets no number: make logs tells why"
    sleep 0.1 # between two attempts
  done
  until [ "${spans:-0}" -ge 4 ] && [ "$services" = 'backend frontend' ]; do
    spans=$(curl --silent --max-time 5 "$frontend/trace/$trace_id" | jq 'length' 2>/dev/null) || true
    services=$(curl --silent --max-time 5 "$frontend/trace/$trace_id/logs" | jq -r '[.[].service] | unique | join(" ")' 2>/dev/null) || true
    [ $SECONDS -lt $deadline ] ||
      give_up "the trace $trace_id has ${spans:-0} of 4 spans in Tempo, and log lines of \"$services\" in Loki: make logs tells why"
    sleep 0.05
  done
}

# --- print ------------------------------------------------------------------------------------------------------------

# step NAME FUNCTION
step() {
  local began
  began=$(now_ms)
  "$2"
  printf '  %-26s %s s\n' "$1" "$(seconds_since "$began")"
}

# Whole seconds where bash is older than 5.
now_ms() { if [ -n "${EPOCHREALTIME:-}" ]; then echo $((${EPOCHREALTIME//[.,]/} / 1000)); else echo $((SECONDS * 1000)); fi; }

seconds_since() {
  local tenths=$((($(now_ms) - $1) / 100))
  echo "$((tenths / 10)).$((tenths % 10))"
}


show_addresses() {
  cat <<END

  look at traces and logs   http://localhost:$UI_PORT ($GRAFANA_USER, password $GRAFANA_PASSWORD)
  see a write happen        http://localhost:$FRONTEND_PORT
  write a number            curl -X POST http://localhost:$FRONTEND_PORT/write
  look at the cluster       kubectl --context $context --namespace fastify-opentelemetry-demo get pods

  ./test.sh proves 100 writes; make status, make logs, make down
END
}

main
