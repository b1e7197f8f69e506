#!/usr/bin/env bash
# Installs the npm packages, Node.js itself among them: any Node.js from 20 on will do to begin with.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
  echo "Node.js and npm are missing: install Node.js 20 or newer (https://nodejs.org), or start Docker" >&2
  exit 1
fi
if [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
  echo "Node.js $(node -p process.versions.node) is too old: install 20 or newer (https://nodejs.org), or start Docker" >&2
  exit 1
fi

echo "  installing npm packages (once; about 600 MB)"
began=$SECONDS
npm ci --no-audit --no-fund --loglevel=error
printf '  %-12s %d s\n' packages $((SECONDS - began))

if ! [ -x node_modules/.bin/node ]; then
  echo "npm has not installed its Node.js, because install scripts are off (npm config get ignore-scripts): run npm rebuild --ignore-scripts=false" >&2
  exit 1
fi
