#!/usr/bin/env bash
# npm run test:kubernetes: the demo in a cluster, from kustomize to clean. OVERLAY=scale tries kubernetes/scale. It removes all it creates.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/settings.sh
. kubernetes/context.sh
trap cleanup EXIT
trap 'exit 130' INT TERM

export MODE=kubernetes
is_ours=false # what is in the namespace

main() {
  command -v kubectl >/dev/null || give_up 'kubectl is missing: install it first'
  choose_context up
  [ -z "$(in_cluster get namespace fastify-opentelemetry-demo --ignore-not-found --output name)" ] ||
    give_up "the namespace fastify-opentelemetry-demo exists in $context, and this test would remove its data: make clean MODE=kubernetes removes it"
  step vitest run --config test/kubernetes/cluster/vitest.config.ts manifests context
  is_ours=true
  step make up
  step ./test.sh
  step vitest run --config test/kubernetes/cluster/vitest.config.ts cluster/
  step make down
  step only_volumes_stay
}

# step COMMAND…: prints it, and the time since the start.
step() {
  printf '\n--- %d:%02d %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
  "$@"
}

only_volumes_stay() {
  local left
  left=$(in_cluster get all --output name)
  [ -z "$left" ] || give_up "make down has left $left"
  in_cluster get persistentvolumeclaims --output name | grep . || give_up 'make down has removed the volumes'
}

cleanup() {
  local status=$?
  $is_ours || exit "$status"
  if [ "$status" != 0 ]; then
    printf '\n--- failed: what runs, and the warnings\n'
    in_cluster get pods --output wide || true
    in_cluster get events --field-selector type=Warning || true
  fi
  step make clean || status=1
  exit "$status"
}

main
