# shellcheck shell=bash
# shellcheck disable=SC2154 # context, applied and ours come from those that run.sh sources
# Sourced by run.sh: starts the stack, and returns when a write has its row, its complete trace and its log lines.
. scripts/up.sh
. docker/engine.sh
unset COMPOSE_FILE # of Docker mode; what loads the images may use Compose
. kubernetes/images.sh

overlay=${OVERLAY:-base}
ready_within_seconds=300

main() {
  refuse_missing_tools
  stop_forwards
  refuse_taken_ports kubernetes
  step images provide_images
  write_kustomization
  step apply apply
  step components wait_for_workloads
  start_forwards
  step "first complete trace" verify_write
  show_addresses "Grafana: $GRAFANA_USER, password $GRAFANA_PASSWORD" \
    "the cluster       kubectl --context $context --namespace fastify-opentelemetry-demo get pods"
}

refuse_missing_tools() {
  local problem
  require_tools curl jq
  [ -n "${IMAGE_TAG:-}" ] && return
  problem=$(engine_problem)
  [ -z "$problem" ] || give_up "$problem: it is needed to build the images; IMAGE_PREFIX and IMAGE_TAG name some that exist"
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
    fail "kubectl apply failed:"$'\n'"$(grep -v 'serverside-applied$' "$work/apply")"
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

wait_for_workloads() {
  local workload workloads deadline=$((SECONDS + ready_within_seconds)) left
  workloads=$(in_cluster get deployments,statefulsets --selector "$ours" --output name 2>"$work/workloads") ||
    fail "kubectl cannot list the workloads: $(<"$work/workloads")"
  for workload in $workloads; do
    left=$((deadline - SECONDS))
    in_cluster rollout status "$workload" --timeout "$((left > 0 ? left : 1))s" >"$work/rollout" 2>&1 || workload_failed "${workload#*/}"
  done
}

workload_failed() {
  fail "$1 is not ready: $(tail -n 1 "$work/rollout")
$(in_cluster get pods --selector "app.kubernetes.io/name=$1")
$(in_cluster get events --field-selector type=Warning --output 'custom-columns=OBJECT:.involvedObject.name,MESSAGE:.message' | grep "^$1" | tail -n 5)
The end of its log:
$(logs_of "$1" | tail -n 15)

$what_next"
}

logs_of() { in_cluster logs --selector "app.kubernetes.io/name=$1" --tail 100 2>&1; }

main
