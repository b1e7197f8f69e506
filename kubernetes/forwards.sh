# shellcheck shell=bash
# shellcheck disable=SC2154 # applied comes from context.sh, the ports from .env
# Sourced by run.sh: the ports of .env on localhost, each of a Service in the cluster.

start_forwards() {
  set -m # a process group of its own, to be ended as a whole
  bash -p kubernetes/forward.sh "$context" </dev/null >/dev/null 2>&1 &
  echo $! >"$applied/forward.pid"
  disown
  set +m
}

# Those that this clone has started, and no other process that has the number now.
stop_forwards() {
  local pid
  [ -f "$applied/forward.pid" ] || return 0
  pid=$(<"$applied/forward.pid")
  if ps -o args= -p "$pid" 2>/dev/null | grep -q 'kubernetes/forward\.sh'; then
    kill -- "-$pid" 2>/dev/null || true
    while kill -0 -- "-$pid" 2>/dev/null; do sleep 0.05; done
  fi
  rm -f "$applied/forward.pid"
}
