#!/usr/bin/env bash
# forward.sh CONTEXT: forwards the ports until it is ended. A forward ends with its pod, and is opened again to another.
set -uo pipefail
trap '' HUP # the terminal that it was started from may be closed

forward() { # SERVICE LOCAL:REMOTE…
  while true; do
    kubectl --context "$context" --namespace fastify-opentelemetry-demo port-forward "service/$1" "${@:2}" >/dev/null 2>&1
    sleep 0.2 # not in a tight loop while the pod starts
  done
}

context=$1
forward frontend "$FRONTEND_PORT:3001" &
forward backend "$BACKEND_PORT:3002" &
forward collector "$OTLP_GRPC_PORT:4317" "$OTLP_HTTP_PORT:4318" &
forward tempo "$TEMPO_PORT:3200" &
forward loki "$LOKI_PORT:3100" &
forward prometheus "$PROMETHEUS_PORT:9090" &
forward grafana "$UI_PORT:3000" &
forward postgres "$POSTGRES_PORT:5432" &
wait
