#!/usr/bin/env bash
# Ends the port forwards that `make up` started, and only those.
set -euo pipefail
cd "$(dirname "$0")/.."

pid_file=.kubernetes/forward.pid
[ -f "$pid_file" ] || exit 0
pid=$(<"$pid_file")
if ps -o args= -p "$pid" 2>/dev/null | grep -q 'kubernetes/forward\.sh'; then
  kill -- "-$pid" 2>/dev/null || true
  while kill -0 -- "-$pid" 2>/dev/null; do sleep 0.05; done
fi
rm -f "$pid_file"
