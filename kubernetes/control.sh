#!/usr/bin/env bash
# control.sh status|logs|down|clean: acts on the cluster where `make up MODE=kubernetes` started the demo.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=kubernetes/context.sh
. kubernetes/context.sh

ours=app.kubernetes.io/part-of=fastify-opentelemetry-demo

status() { in_cluster get deployments,statefulsets,horizontalpodautoscalers,pods --selector "$ours"; }

logs() {
  local follow=()
  [ ! -t 1 ] || follow=(--follow)
  in_cluster logs --selector "$ours" --prefix --tail 100 --max-log-requests 100 ${follow[@]+"${follow[@]}"}
}

# The namespace and the volumes stay.
down() {
  kubernetes/stop-forwards.sh
  in_cluster delete horizontalpodautoscalers,poddisruptionbudgets,deployments,statefulsets,services,configmaps,secrets,networkpolicies \
    --selector "$ours" --ignore-not-found | wc -l | xargs -I{} echo "{} objects deleted; the data stay: make clean MODE=kubernetes removes them"
  in_cluster wait --for=delete pods --selector "$ours" --timeout 120s >/dev/null
  rm -rf "$state"
}

clean() {
  kubernetes/stop-forwards.sh
  kubectl --context "$context" delete namespace fastify-opentelemetry-demo --ignore-not-found --timeout 180s
  rm -rf "$state"
}

command -v kubectl >/dev/null || give_up "kubectl is missing: install it first"
case ${1:-} in
  status | logs | down | clean) choose_context "$1" && "$1" ;;
  *) give_up "usage: kubernetes/control.sh status|logs|down|clean" ;;
esac
