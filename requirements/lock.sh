#!/bin/sh
# Writes the hash locks of every image and of the developer's environment from pyproject.toml.
set -eu
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --quiet --universal --generate-hashes --no-emit-find-links --no-emit-index-url \
        --python-version 3.11 --custom-compile-command "make lock" "$@"
}
lock() {
    compile pyproject.toml "$@"
}
lock --extra gateway --output-file requirements/gateway.lock
lock --extra api --output-file requirements/api.lock
lock --extra pipelines --output-file requirements/pipelines.lock
lock --extra app --output-file requirements/app.lock
lock --extra api --extra cli --output-file requirements/weir.lock
lock --all-extras --group dev --output-file requirements/all.lock
compile --group clients --output-file requirements/clients.lock
# The suite of the very client that everything else is locked to.
compile --constraint requirements/all.lock --group clickhouse_connect --output-file requirements/clickhouse-connect.lock
