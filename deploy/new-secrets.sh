#!/bin/sh
# Prints new random values for everything docker-compose.yml demands: deploy/new-secrets.sh > .env
# Hexadecimal, because most of them also stand in URLs.
set -eu
umask 077
new() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
cat <<END
WEIR_POSTGRES_PASSWORD=$(new 24)
WEIR_WAREHOUSE_WRITER_PASSWORD=$(new 24)
WEIR_WAREHOUSE_READER_PASSWORD=$(new 24)
WEIR_S3_ACCESS_KEY_ID=$(new 10)
WEIR_S3_SECRET_ACCESS_KEY=$(new 24)
WEIR_VALKEY_PASSWORD=$(new 24)
WEIR_SECRET_KEY=$(new 32)
END
