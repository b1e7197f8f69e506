# shellcheck shell=bash
# Sourced by up.sh: the images of both services: built here, and loaded into a local cluster or pushed to the registry that IMAGE_PREFIX names.
# shellcheck disable=SC2154 # context and work are set by those that source this

# Sets `images`, as NAME=IMAGE. With IMAGE_TAG they are in the registry already.
provide_images() {
  local service id image prefix=${IMAGE_PREFIX:+${IMAGE_PREFIX%/}/}
  [ -z "${IMAGE_TAG:-}" ] || [ -n "$prefix" ] || give_up "IMAGE_TAG needs IMAGE_PREFIX, such as registry.example.com/team"
  images=()
  for service in frontend backend; do
    image=${prefix}fastify-opentelemetry-demo-$service
    if [ -z "${IMAGE_TAG:-}" ]; then
      docker build --quiet --build-arg "SERVICE=$service" --iidfile "$work/id" . >"$work/build" 2>&1 ||
        fail "the image of the $service cannot be built:"$'\n'"$(tail -n 15 "$work/build")"
      id=$(<"$work/id")
      id=${id#sha256:}
      image+=:${id:0:12} # a tag of its own for each content: a new one is a rollout
      docker tag "$id" "$image"
    else
      image+=:$IMAGE_TAG
    fi
    images+=("fastify-opentelemetry-demo-$service=$image")
  done
  [ -n "${IMAGE_TAG:-}" ] || hand_over "${images[@]#*=}" >"$work/load" 2>&1 ||
    fail "the images cannot be loaded into $context:"$'\n'"$(tail -n 15 "$work/load")"
}

# hand_over IMAGE…
hand_over() {
  local image
  if [ -n "${IMAGE_PREFIX:-}" ]; then
    for image; do docker push --quiet "$image" || return; done
  elif [ -n "${LOAD_IMAGES:-}" ]; then
    $LOAD_IMAGES "$@"
  else
    case $context in
      kind-*) kind load docker-image --name "${context#kind-}" "$@" ;;
      k3d-*) k3d image import --cluster "${context#k3d-}" "$@" ;;
      minikube) minikube image load "$@" ;;
      docker-desktop | orbstack | rancher-desktop | colima | colima-*) ;; # the cluster uses the images of the engine
      *)
        echo "set IMAGE_PREFIX to a registry that the cluster pulls from and you can push to, such as registry.example.com/team,"
        echo "or LOAD_IMAGES to a command that loads the images it is given"
        return 1
        ;;
    esac
  fi
}
