#!/bin/sh
# What the image postgres:18 does at its start, as far as docker-compose.yml asks for it. The server listens on the loopback
# without TLS; stunnel takes the connections from the network, with the certificate that the server is given.
set -eu
export PGDATA=/var/lib/postgresql/18/docker
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/lib/postgresql/tls
  chown -R postgres:postgres /var/lib/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
shift # postgres
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # shellcheck disable=SC2086  # several arguments
  initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -c unix_socket_directories=/tmp" -w start
  PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") psql -h /tmp -U "$POSTGRES_USER" -d postgres -c "create database \"$POSTGRES_DB\""
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
tls=
for option in "$@"; do
  shift
  case $option in
    -cssl=on) tls=yes ;;
    -cssl_cert_file=*) certificate=${option#*=} ;;
    -cssl_key_file=*) key=${option#*=} ;;
    -chba_file=*)
      sed 's/^hostssl/host/' "${option#*=}" >/tmp/pg_hba.conf
      set -- "$@" -chba_file=/tmp/pg_hba.conf
      ;;
    *) set -- "$@" "$option" ;;
  esac
done
if [ -n "$tls" ]; then
  cat >/tmp/stunnel.conf <<END
pid = /tmp/stunnel.pid
[postgres]
accept = $(hostname -i):5432
connect = 127.0.0.1:5432
protocol = pgsql
cert = $certificate
key = $key
END
  stunnel4 /tmp/stunnel.conf
  set -- "$@" -clisten_addresses=127.0.0.1
fi
exec postgres -D "$PGDATA" -cunix_socket_directories=/tmp "$@"
