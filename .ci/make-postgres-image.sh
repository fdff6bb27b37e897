#!/bin/sh
# Makes the image queueproof-postgres:ci, for machines that have no image registry: a real PostgreSQL from Debian's
# packages behind the interface of the official image (POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, command line).
# Starts a Docker daemon in the background if none answers. Needs root for what is missing; a second run takes seconds.
#
#   .ci/make-postgres-image.sh && TESTCONTAINERS_RYUK_DISABLED=true QUEUEPROOF_CI_IMAGE=queueproof-postgres:ci npm test
#
# QUEUEPROOF_CACHE  folder for the file system's tarball and the daemon's log (default ~/.cache/queueproof)
# DEBIAN_MIRROR     default: the mirror debootstrap takes by itself
set -eu

IMAGE=queueproof-postgres:ci
SUITE=trixie
POSTGRES_MAJOR=17
MIRROR=${DEBIAN_MIRROR:-}
CACHE=${QUEUEPROOF_CACHE:-${HOME:-/root}/.cache/queueproof}
# An edited recipe makes another image.
RECIPE=$(sha256sum "$0" | cut -c 1-12)
TARBALL=$CACHE/postgres-image-$RECIPE.tar.gz
DAEMON_LOG=$CACHE/dockerd.log
APT_UPDATED=no

say() { echo "make-postgres-image: $*" >&2; }
give_up() { say "$*"; exit 69; }

# install <package> <command or file it brings>
install() {
  { command -v "$2" > /dev/null || [ -f "$2" ]; } && return
  [ "$(id -u)" = 0 ] || give_up "$2 is missing: install the package $1, or run this script as root"
  command -v apt-get > /dev/null || give_up "$2 is missing and there is no apt-get: install $1 by hand"
  if [ "$APT_UPDATED" = no ]; then apt-get -qq update >&2 && APT_UPDATED=yes; fi
  say "installing $1"
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$1" > /dev/null
}

# start_daemon <flags…>: true once it answers, false when it ends or is silent for 20 s.
start_daemon() {
  echo "== dockerd $*" >> "$DAEMON_LOG"
  setsid nohup dockerd "$@" >> "$DAEMON_LOG" 2>&1 < /dev/null &
  daemon=$!
  for _ in $(seq 80); do
    docker info > /dev/null 2>&1 && return 0
    kill -0 "$daemon" 2> /dev/null || return 1
    sleep 0.25
  done
  kill "$daemon" && wait "$daemon" || true
  return 1
}

ensure_daemon() {
  docker info > /dev/null 2>&1 && return
  [ "$(id -u)" = 0 ] || give_up "no Docker daemon answers: start one, or run this script as root"
  install docker.io dockerd
  # Plain first; sandboxes without overlayfs need vfs, those without netfilter need the user-land port proxy alone.
  start_daemon || start_daemon --storage-driver=vfs || start_daemon --storage-driver=vfs --iptables=false --ip6tables=false ||
    { tail -n 20 "$DAEMON_LOG" >&2; give_up "the Docker daemon does not start; its log: $DAEMON_LOG"; }
  say "started dockerd (log $DAEMON_LOG; stop it with: kill \$(cat /var/run/docker.pid))"
}

write_entrypoint() {
  cat > "$1" << 'ENTRYPOINT'
#!/bin/sh
# The part of the official image's entrypoint that tests need.
set -eu
: "${POSTGRES_PASSWORD:?must be set}"
POSTGRES_USER=${POSTGRES_USER:-postgres}
POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
case ${1:-postgres} in -*) set -- postgres "$@" ;; esac
[ "$1" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password_file=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" > "$password_file"
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile="$password_file" \
    --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync
  rm "$password_file"
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
  # A single-user backend listens nowhere: nobody connects before the cluster is whole.
  [ "$POSTGRES_DB" = postgres ] || echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D "$PGDATA" postgres
fi
exec "$@"
ENTRYPOINT
  chmod 755 "$1"
}

make_tarball() {
  [ "$(id -u)" = 0 ] || give_up "making the image's file system needs root"
  install debootstrap debootstrap
  install debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.gpg
  root=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf -- '$root'" EXIT
  say "making the file system with debootstrap ($SUITE, PostgreSQL $POSTGRES_MAJOR); about a minute"
  debootstrap --variant=minbase --include="postgresql-$POSTGRES_MAJOR" "$SUITE" "$root" ${MIRROR:+"$MIRROR"} > "$CACHE/debootstrap.log" 2>&1 ||
    { tail -n 5 "$CACHE/debootstrap.log" >&2; give_up "debootstrap failed; its log: $CACHE/debootstrap.log"; }
  write_entrypoint "$root/usr/local/bin/docker-entrypoint.sh"
  tar --create --directory="$root" --numeric-owner --exclude=./proc/* --exclude=./sys/* --exclude=./dev/* \
    --exclude=./var/cache/apt/* --exclude=./var/lib/apt/lists/* --exclude=./usr/share/doc/* --exclude=./usr/share/man/* \
    --exclude=./usr/share/locale/* --exclude=./var/lib/postgresql/* . | gzip -1 > "$TARBALL.part"
  # Tarballs of earlier recipes are of no more use.
  rm -f "$CACHE"/postgres-image-*.tar.gz
  mv "$TARBALL.part" "$TARBALL"
}

image_is_current() {
  [ "$(docker image inspect --format '{{index .Config.Labels "queueproof.recipe"}}' "$IMAGE" 2> /dev/null)" = "$RECIPE" ]
}

mkdir -p "$CACHE"
install docker.io docker
ensure_daemon
if ! image_is_current; then
  [ -s "$TARBALL" ] || make_tarball
  docker import \
    --change "LABEL queueproof.recipe=$RECIPE" \
    --change "ENV PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/lib/postgresql/$POSTGRES_MAJOR/bin" \
    --change "ENV PGDATA=/var/lib/postgresql/data" \
    --change "ENV LANG=C.UTF-8" \
    --change "EXPOSE 5432" \
    --change 'ENTRYPOINT ["docker-entrypoint.sh"]' \
    --change 'CMD ["postgres"]' \
    "$TARBALL" "$IMAGE" > /dev/null
fi
docker run --rm --entrypoint postgres "$IMAGE" --version >&2 || give_up "containers do not start here; the daemon's log: $DAEMON_LOG"
say "$IMAGE is ready"
