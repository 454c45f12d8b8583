#!/bin/sh
# Makes the secrets of the deployed form, one file each, in the folder given (default: secrets, beside
# docker-compose.yml). A file that exists is kept, so it can be run again after an upgrade that needs one more.
#   deploy/make-secrets.sh secrets 380 381     with a pseudonym key for each city of a province (docs/cities.md)
# The folder is for its owner only. The files in it can be read by all, because a container mounts each of them for a
# user of its own. Needs openssl.
set -eu
folder=${1:-$(dirname "$0")/../secrets}
[ $# -eq 0 ] || shift
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

# A file appears under its name only when it is complete.
keep() {
  if [ -e "$1" ]; then
    cat >/dev/null
    echo "kept $1"
  else
    cat >"$1.draft"
    chmod 444 "$1.draft"
    mv "$1.draft" "$1"
    echo "made $1"
  fi
}

openssl rand -hex 32 | keep postgres_owner_password
echo "postgresql://lachan:$(cat postgres_owner_password)@postgres:5432/lachan" | keep warehouse_owner
echo "postgresql+psycopg2://airflow:$(openssl rand -hex 32)@postgres:5432/airflow" | keep airflow_database
openssl rand -hex 16 | keep airflow_admin_password
openssl rand -base64 32 | tr '+/' '-_' | keep airflow_fernet_key
openssl rand -hex 32 | keep airflow_api_key
openssl rand -hex 64 | keep airflow_jwt_key
openssl rand -hex 32 | keep pseudonym_key
for city in "$@"; do
  mkdir -p "cities/$city"
  chmod 755 cities "cities/$city" # below a folder that only its owner may enter
  openssl rand -hex 32 | keep "cities/$city/pseudonym_key"
done
echo '{}' | keep landing_options
openssl rand -hex 32 | keep login_monitor
openssl rand -hex 32 | keep metrics_token
# The queue of deploy/celery: its one user, and its address with the user's password
if [ ! -e broker_users ] || [ ! -e broker_address ]; then
  rm -f broker_users broker_address
  password=$(openssl rand -hex 32)
  echo "user default on >$password ~* &* +@all" | keep broker_users
  echo "redis://:$password@broker:6379" | keep broker_address
fi

# The certificate with which PostgreSQL shows its clients that it is the service `postgres`; valid for ten years.
if [ ! -e postgres_certificate ] || [ ! -e postgres_certificate_key ]; then
  rm -f postgres_certificate postgres_certificate_key
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=postgres \
    -addext subjectAltName=DNS:postgres -keyout key.draft -out certificate.draft 2>/dev/null
  keep postgres_certificate_key <key.draft
  keep postgres_certificate <certificate.draft
  rm key.draft certificate.draft
fi
echo "Keep a copy of each pseudonym_key in a safe place: without it no more rows can be loaded."
