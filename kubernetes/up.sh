# shellcheck shell=bash
# shellcheck disable=SC2154 # all_ports, context, applied and ours come from those that run.sh sources
# Sourced by run.sh: starts the stack, and returns when a write has its complete trace in Tempo and its log lines in Loki.
. docker/engine.sh
unset COMPOSE_FILE # of Docker mode; what loads the images may use Compose
. kubernetes/images.sh

overlay=${OVERLAY:-base}
ready_within_seconds=300

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

main() {
  refuse_missing_tools
  stop_forwards
  refuse_taken_ports
  step images provide_images
  write_kustomization
  step apply apply
  wait_for_workloads
  start_forwards
  step "first complete trace" verify_write
  show_addresses
}

refuse_missing_tools() {
  local tool problem
  for tool in curl jq; do
    command -v "$tool" >/dev/null || give_up "$tool is missing: install it first"
  done
  [ -n "${IMAGE_TAG:-}" ] && return
  problem=$(engine_problem)
  [ -z "$problem" ] || give_up "$problem: it is needed to build the images; IMAGE_PREFIX and IMAGE_TAG name some that exist"
}

refuse_taken_ports() {
  local name port sentences=''
  for name in $all_ports; do
    port=${!name}
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      sentences+="port $port is in use: stop what uses it, or choose another port: $name=$((port > 64535 ? port - 1000 : port + 1000)) make up MODE=kubernetes"$'\n'
    fi
  done
  [ -z "$sentences" ] || give_up "${sentences%$'\n'}"
}

# What is applied: the overlay, with the images that were just built and the settings of this machine.
write_kustomization() {
  local pair image
  mkdir -p "$applied"
  {
    echo "apiVersion: kustomize.config.k8s.io/v1beta1"
    echo "kind: Kustomization"
    echo "namespace: fastify-opentelemetry-demo"
    echo "resources: [../kubernetes/$overlay]"
    [ "${DEMO_FLAGD:-0}" = 0 ] || echo "components: [../kubernetes/components/flagd]"
    echo "images:"
    for pair in "${images[@]}"; do
      image=${pair#*=}
      echo "  - { name: ${pair%%=*}, newName: ${image%:*}, newTag: \"${image##*:}\" }"
    done
    echo "configMapGenerator:"
    echo "  - name: services"
    echo "    behavior: merge"
    echo "    literals: [\"GRAFANA_URL=http://localhost:$UI_PORT\", \"EMIT_INTERVAL_MS=$EMIT_INTERVAL_MS\", \"RESOURCE_ATTRIBUTES=$RESOURCE_ATTRIBUTES\"]"
    echo "secretGenerator:"
    echo "  - name: grafana"
    echo "    behavior: merge"
    echo "    literals: [\"GF_SECURITY_ADMIN_USER=$GRAFANA_USER\", \"GF_SECURITY_ADMIN_PASSWORD=$GRAFANA_PASSWORD\", \"READER_PASSWORD=$READER_PASSWORD\"]"
    if grep -qx PGHOST=postgres kubernetes/base/postgres.env; then # the trial one
      echo "  - name: postgres"
      echo "    behavior: merge"
      echo "    literals: [\"PGPASSWORD=$BACKEND_PASSWORD\"]"
    fi
  } >"$applied/kustomization.yaml"
}

apply() {
  kubectl --context "$context" apply --server-side --force-conflicts --kustomize "$applied" >"$work/apply" 2>&1 ||
    give_up "kubectl apply failed:"$'\n'"$(grep -v 'serverside-applied$' "$work/apply")"
  printf '%s\n' "$context" >"$applied/context"
  remove_leftovers
  [ "${DEMO_FLAGD:-0}" = 0 ] || touch_flagd # all faults are off
}

# What another overlay has left: of the same name but another kind, or not in this one at all.
remove_leftovers() {
  kubectl kustomize "$applied" | awk '/^kind: /{kind=$2} /^  name: /{print tolower(kind) "/" $2; }' | sort -u >"$work/wanted"
  in_cluster get deployments,statefulsets,horizontalpodautoscalers,poddisruptionbudgets,networkpolicies,services,configmaps,secrets \
    --selector "$ours" --output name | sed 's/\.[^/]*//' | sort | comm -23 - "$work/wanted" >"$work/leftovers"
  [ ! -s "$work/leftovers" ] || xargs kubectl --context "$context" --namespace fastify-opentelemetry-demo delete --wait=false <"$work/leftovers" >/dev/null
}

# Names each workload when it is ready, with the seconds since the first was applied.
wait_for_workloads() {
  local began left workload line
  began=$(now_ms)
  in_cluster get deployments,statefulsets --selector "$ours" --output json >"$work/workloads"
  left=$(jq -r '.items[] | "\(.kind)/\(.metadata.name)"' "$work/workloads")
  while [ -n "$left" ]; do
    in_cluster get deployments,statefulsets --selector "$ours" --output json >"$work/workloads" 2>/dev/null || true
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

# --- the first complete trace --------------------------------------------------------------------------------------------------

# One write, its four spans in Tempo, and the log lines of both services in Loki, as the frontend reads them back.
verify_write() {
  local frontend=http://127.0.0.1:$FRONTEND_PORT trace_id deadline=$((SECONDS + 60)) spans=0 services=''
  until trace_id=$(curl --silent --max-time 5 --request POST "$frontend/write" | jq -re 'select(.id) | .traceId' 2>/dev/null); do
    [ $SECONDS -lt $deadline ] || give_up "POST http://localhost:$FRONTEND_PORT/write does not succeed: see make logs"
    sleep 0.1
  done
  until [ "${spans:-0}" -ge 4 ] && [ "$services" = 'backend frontend' ]; do
    spans=$(curl --silent --max-time 5 "$frontend/trace/$trace_id" | jq 'length' 2>/dev/null) || true
    services=$(curl --silent --max-time 5 "$frontend/trace/$trace_id/logs" | jq -r '[.[].service] | unique | join(" ")' 2>/dev/null) || true
    [ $SECONDS -lt $deadline ] ||
      give_up "the write succeeded, but Tempo has ${spans:-0} of 4 spans of its trace $trace_id, and Loki log lines from ${services:-no service}: see make logs"
    sleep 0.05
  done
}

# --- output -----------------------------------------------------------------------------------------------------------

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

  traces and logs   http://localhost:$UI_PORT (Grafana: $GRAFANA_USER, password $GRAFANA_PASSWORD)
  front page        http://localhost:$FRONTEND_PORT
  write a number    curl -X POST http://localhost:$FRONTEND_PORT/write
  the cluster       kubectl --context $context --namespace fastify-opentelemetry-demo get pods

  ./test.sh verifies 100 writes; make status, make logs, make down
END
}

main
