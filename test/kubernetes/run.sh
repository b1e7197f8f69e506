#!/usr/bin/env bash
# npm run test:kubernetes: the demo in a cluster, from up to down. Where no cluster responds, that is printed, and nothing is tried.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

export MODE=kubernetes
if ! command -v kubectl >/dev/null || ! kubectl ${CONTEXT:+--context "$CONTEXT"} get --raw /readyz --request-timeout 10s >/dev/null 2>&1; then
  echo "Kubernetes is not tried: no cluster responds to kubectl"
  exit 0
fi

make up && ./test.sh && vitest run --config test/kubernetes/cluster/vitest.config.ts
status=$?
[ "$status" = 0 ] || kubectl ${CONTEXT:+--context "$CONTEXT"} --namespace fastify-opentelemetry-demo get pods,events
make clean || status=1
exit "$status"
