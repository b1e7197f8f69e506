#!/usr/bin/env bash
# The stack in a Kubernetes cluster: up, down, status, logs, clean. Called by scripts/run-in-mode.sh. Needs kubectl.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
. kubernetes/context.sh
. kubernetes/forwards.sh
load_settings .env

ours=app.kubernetes.io/part-of=fastify-opentelemetry-demo

status() { in_cluster get deployments,statefulsets,horizontalpodautoscalers,pods --selector "$ours"; }

logs() {
  local options=(--selector "$ours" --prefix --tail 100 --max-log-requests 100)
  if [ -t 1 ]; then in_cluster logs "${options[@]}" --follow | sed -E -u 's,^\[pod/([^/]+)/[^]]+\] ,\1 | ,' | scripts/readable-logs.sh; else in_cluster logs "${options[@]}"; fi
}

# The namespace and the volumes stay.
down() {
  stop_forwards
  in_cluster delete horizontalpodautoscalers,poddisruptionbudgets,deployments,statefulsets,services,configmaps,secrets,networkpolicies \
    --selector "$ours" --ignore-not-found >/dev/null
  in_cluster wait --for=delete pods --selector "$ours" --timeout 120s >/dev/null
  rm -f "$applied/kustomization.yaml"
  echo "stopped; the volumes stay in the namespace fastify-opentelemetry-demo: make clean MODE=kubernetes removes them"
}

clean() {
  stop_forwards
  kubectl --context "$context" delete namespace fastify-opentelemetry-demo --ignore-not-found --timeout 180s
  rm -rf "$applied"
}

command -v kubectl >/dev/null || give_up "kubectl is missing: install it first"
[ "$1" != up ] || [ -f "kubernetes/${OVERLAY:-base}/kustomization.yaml" ] || give_up "OVERLAY is \"$OVERLAY\": expected base or scale"
choose_context "$1"
case $1 in
  up) . kubernetes/up.sh ;;
  down | status | logs | clean) "$1" ;;
esac
