# The image of a service: docker build --build-arg SERVICE=backend .
FROM node:26.10.0-slim AS node

# Dependencies are separate layers, which a change of the source does not rebuild.
FROM node AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY telemetry/package.json telemetry/
COPY service/package.json service/
COPY page/package.json page/
COPY faults/package.json faults/
COPY frontend/package.json frontend/
COPY backend/package.json backend/
COPY local/package.json local/
COPY lab/package.json lab/
ARG SERVICE
RUN --mount=type=cache,target=/root/.npm \
  npm ci --omit=dev --workspace=telemetry --workspace=service --workspace=page --workspace=faults --workspace="$SERVICE" \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' \) -delete

FROM node
WORKDIR /app
COPY --from=dependencies /app ./
COPY telemetry/package.json telemetry/package.json
COPY telemetry/src telemetry/src
COPY service service
COPY page page
COPY faults faults
ARG SERVICE
COPY $SERVICE $SERVICE
WORKDIR /app/$SERVICE
USER node
# Node.js is PID 1 and receives SIGTERM. npm would not pass it on.
CMD ["node", "--import", "../telemetry/src/register.ts", "main.ts"]
