#!/usr/bin/env bash
# Installs the npm packages. One of them is the Node.js that runs the demo; the Node.js of this machine, 20.19 or newer, only runs npm.
case $- in *p*) ;; *) exec bash -p "$0" "$@" ;; esac
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh

needed_mb=1200

for tool in node npm; do
  command -v "$tool" >/dev/null || give_up "$tool is missing: install Node.js 20.19 or newer (https://nodejs.org), or start Docker"
done
node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)' ||
  give_up "Node.js $(node -p process.versions.node) is too old: install 20.19 or newer (https://nodejs.org), or start Docker"
free_mb=$(($(df -Pk . | awk 'END { print $4 }') / 1024))
[ "$free_mb" -ge "$needed_mb" ] || give_up "the disk has $free_mb MB left, and the npm packages with their data need $needed_mb MB: free some space"

# Settings of npm that would install something else, or elsewhere.
while IFS= read -r name; do unset "$name"; done < <(compgen -e | grep -iE '^npm_config_(workspaces?|include_workspace_root|global|location|prefix|dry_run|package_lock(_only)?|omit|include|only|production|dev|bin_links|install_strategy)$')
options=(--include=dev --include=optional --no-audit --no-fund --no-update-notifier --loglevel=error)

cache=$(npm config get cache)
{ mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null || options+=("--cache=$PWD/.local/npm-cache")

# Only what tells that there is no network counts; whether the registry is content with this request is npm's business.
network_problem() {
  local registry proxy problem
  registry=$(npm config get registry)
  proxy=$(npm config get https-proxy)
  [ "$proxy" != null ] || proxy=
  problem=$(command curl --disable --silent --show-error --head --max-time 15 --output /dev/null ${proxy:+--proxy "$proxy"} "$registry" 2>&1) || case $? in
    5 | 6 | 7 | 28) echo "cannot reach the npm registry $registry (${problem#curl: })" ;;
  esac
}

problem=$(network_problem)
echo '  installing npm packages (once; about 600 MB)'
began=$SECONDS
if [ -z "$problem" ]; then
  npm ci "${options[@]}"
elif ! npm ci "${options[@]}" --offline >/dev/null 2>&1; then # it may all be in npm's cache
  give_up "$problem, and npm's cache does not hold all packages: connect to the network, or set npm's proxy, and run the command again"
fi
printf '  %-20s %d s\n' packages $((SECONDS - began))

[ -x node_modules/.bin/node ] ||
  give_up 'npm has not installed its Node.js, because install scripts are off (npm config get ignore-scripts): run npm rebuild --ignore-scripts=false'
