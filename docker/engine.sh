# shellcheck shell=bash
# Sourced. Selects the Docker engine, and the name of the Compose project of this clone.

# Unset what other projects of the developer use: with COMPOSE_FILE or COMPOSE_PROJECT_NAME, these commands would act on those projects.
while IFS= read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(COMPOSE_|DOCKER_BUILDKIT$|BUILDX_|BUILDKIT_)')

# make chaos runs a stack of its own.
[ -z "${CHAOS_PROJECT:-}" ] || export COMPOSE_PROJECT_NAME=$CHAOS_PROJECT

compose_additions=''
[ "${DEMO_CLOUD:-0}" = 0 ] || compose_additions+=:docker-compose.cloud.yml # docs/export.md
[ "${DEMO_FLAGD:-0}" = 0 ] || compose_additions+=:docker-compose.flagd.yml # docs/lessons.md
[ -z "$compose_additions" ] || export COMPOSE_FILE=docker-compose.yml$compose_additions

# engine_problem: a sentence, or nothing if an engine that can be used answers.
engine_problem() {
  local answer
  if ! command -v docker >/dev/null; then
    echo 'Docker is not installed'
  elif ! answer=$(docker version --format '{{.Server.APIVersion}} {{.Server.Version}}' 2>&1); then
    case $answer in
      *'permission denied'*) echo "Docker is installed, but you may not use it (permission denied): add yourself to its group with sudo usermod -aG docker \"\$USER\" and log in again, or run make up MODE=local" ;;
      *) echo 'no Docker engine answers' ;;
    esac
  elif ! docker compose version >/dev/null 2>&1; then
    echo 'Docker Compose 2 is not installed'
  elif [ "$(cut -d. -f2 <<<"${answer%% *}")" -lt 44 ]; then
    echo "Docker Engine ${answer#* } is too old (expected 25 or newer)"
  fi
}

# The name of the folder, as Compose makes it: https://docs.docker.com/compose/how-tos/project-name/
compose_project() { docker compose config --format json | jq -r .name; }

# Containers of the same project that another clone started; one that has been moved or removed has none.
refuse_other_clone() {
  local folder
  while IFS= read -r folder; do
    [ -z "$folder" ] || [ ! -d "$folder" ] || [ "$folder" -ef . ] ||
      give_up "the containers of the Compose project \"$(compose_project)\" belong to $folder: run make down there, or rename this folder"
  done < <(docker ps --all --filter "label=com.docker.compose.project=$(compose_project)" --format '{{.Label "com.docker.compose.project.working_dir"}}' | sort -u)
}
