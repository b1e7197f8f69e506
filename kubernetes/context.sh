# shellcheck shell=bash
# Sourced by run.sh, faults/fault.sh and test/kubernetes/run.sh. Selects the cluster to act on: the one that CONTEXT names, the one where `make up` started the demo, or the current one if it is local.

applied=.kubernetes # context: where make up last started the demo; kustomization.yaml: what runs there

# Sets `context`, or exits with a reason.
choose_context() {
  local recorded='' server
  [ ! -f "$applied/context" ] || recorded=$(<"$applied/context")
  context=${CONTEXT:-${recorded:-$(kubectl config current-context 2>/dev/null || true)}}
  [ -n "$context" ] || give_up "kubectl has no current context: create a cluster (kind create cluster), or set CONTEXT"
  server=$(kubectl config view --minify --context "$context" --output 'jsonpath={.clusters[0].cluster.server}' 2>/dev/null) ||
    give_up "kubectl has no context \"$context\": kubectl config get-contexts lists them"
  if [ "${recorded:-$context}" != "$context" ] && [ -f "$applied/kustomization.yaml" ]; then
    give_up "the demo runs in the context \"$recorded\": run make down first"
  fi
  if [ -z "${CONTEXT:-}$recorded" ] && ! is_local "$context" "$server"; then
    give_up "the context \"$context\" ($server) does not look like a cluster on this machine.
If it is the right one: CONTEXT=$context make ${1:-up} MODE=kubernetes"
  fi
  echo "context $context ($server)"
  kubectl --context "$context" get --raw /readyz --request-timeout 10s >/dev/null 2>&1 ||
    give_up "the cluster at $server does not respond: is it running?"
}

# is_local CONTEXT SERVER: the name is one that a tool for local clusters gives and the address is private, or the address is
# one of this machine's own. Loopback alone is not enough: it may be a tunnel.
is_local() {
  local host=${2#*://}
  host=${host%%/*}
  case $host in
    \[*) host=${host%%]*} host=${host#[} ;;
    *) host=${host%:*} ;;
  esac
  case $1 in
    kind-* | k3d-* | minikube | docker-desktop | rancher-desktop | orbstack | colima | colima-*) is_private "$host" ;;
    *) own_addresses | grep -qxF "$host" ;;
  esac
}

is_private() {
  case $1 in
    127.* | localhost | ::1 | 0.0.0.0 | 10.* | 192.168.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].* | *.internal) true ;;
    *) false ;;
  esac
}

# Of this machine, but loopback.
own_addresses() {
  { hostname -I 2>/dev/null || ifconfig 2>/dev/null | awk '/inet6? /{print $2}'; } | tr ' ' '\n' | grep -v -e '^127\.' -e '^::1$'
}

# The kubelet updates a mounted ConfigMap when it next looks at the pod: at once after a change of the pod, else within a minute.
touch_flagd() {
  in_cluster annotate pods --selector app.kubernetes.io/name=flagd --overwrite "fastify-opentelemetry-demo/flags-changed=$(date +%s)" >/dev/null
}

in_cluster() { kubectl --context "$context" --namespace fastify-opentelemetry-demo "$@"; }
