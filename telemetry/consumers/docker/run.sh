#!/bin/sh
# Runs the image until SIGTERM, and removes it.
set -eu
trap : TERM # docker forwards it; the image is removed after the container has ended
status=0
docker run --rm --network host --env PORT --env PGHOST --env PGPORT --env PGUSER --env PGPASSWORD --env PGDATABASE \
  --env OTEL_EXPORTER_OTLP_ENDPOINT --env OTEL_EXPORTER_OTLP_PROTOCOL fastify-otlp-consumer || status=$?
docker image rm fastify-otlp-consumer
exit "$status"
