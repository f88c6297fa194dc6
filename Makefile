# The commands of this repository. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALLED := $(VENV)/.installed
CLIENTS := $(VENV)/clients/.installed
CLICKHOUSE_CONNECT := $(VENV)/clickhouse-connect/.installed
NODE_CLIENTS := tests/clients/node/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help up test test-clients test-node-clients test-clickhouse-connect test-killed test-radosgw test-hostile test-notebooks check format lint types lock env clean

help: ## Lists the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(INSTALLED) ## Starts the whole product with demo data (Ctrl-C stops it)
	@$(BIN)/weir up --demo

test: $(INSTALLED) ## Runs every test
	@$(BIN)/pytest -n 2

test-clients: $(INSTALLED) $(CLIENTS) ## Runs client libraries (openai, LangChain, LlamaIndex, LiteLLM …) against the gateway
	@$(BIN)/pytest -m clients tests/clients

test-hostile: $(INSTALLED) ## Runs every hostile query on the bare engine and through HQL
	@$(BIN)/pytest -n 2 -m hostile tests/hql/test_hostile.py

test-notebooks: $(INSTALLED) ## Runs every notebook from top to bottom on the demo data
	@$(BIN)/pytest -m "stack or notebooks" tests/notebooks

test-node-clients: $(INSTALLED) $(NODE_CLIENTS) ## Runs JavaScript clients, Claude Code and Codex against the gateway (needs Node 20)
	@$(BIN)/pytest -m node_clients tests/clients

test-killed: $(INSTALLED) ## Kills loader, deletion and backfill at every step, and processes of a Dagster of its own
	@$(BIN)/pytest -m killed tests/pipelines tests/stack

test-radosgw: $(INSTALLED) ## Runs the object store against Ceph's S3 service (as root; apt install radosgw ceph-mon ceph-osd)
	@$(BIN)/pytest -m radosgw tests/warehouse/object_store

test-clickhouse-connect: $(INSTALLED) $(CLICKHOUSE_CONNECT) ## Runs clickhouse-connect's own suite against the embedded warehouse (CHECKOUT=<its repository>)
	@$(BIN)/python -m tests.warehouse.embedded.clickhouse_connect $(CHECKOUT)

check: format lint types test ## Everything a commit must pass

format: $(INSTALLED) ## Formats the code
	@$(BIN)/ruff format --quiet .

lint: $(INSTALLED) ## Checks style and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo

types: $(INSTALLED) ## Checks types
	@$(BIN)/mypy

lock: $(UV) ## Renews the hash locks from pyproject.toml
	@PATH="$(CURDIR)/$(BIN):$$PATH" ./requirements/lock.sh

env: $(INSTALLED) ## Renews .env.example from the settings classes
	@$(BIN)/python -m weir.env_example

clean: ## Removes the environment and the local data
	@rm -rf $(VENV) .weir

$(UV):
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9

$(INSTALLED): $(UV) requirements/all.lock pyproject.toml
	@VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --require-hashes requirements/all.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps -e .
	@touch $@

$(CLIENTS): $(UV) requirements/clients.lock
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python $(VENV)/clients
	@VIRTUAL_ENV=$(VENV)/clients $(UV) pip sync --quiet --require-hashes requirements/clients.lock
	@touch $@

$(CLICKHOUSE_CONNECT): $(UV) requirements/clickhouse-connect.lock
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python $(VENV)/clickhouse-connect
	@VIRTUAL_ENV=$(VENV)/clickhouse-connect $(UV) pip sync --quiet --require-hashes requirements/clickhouse-connect.lock
	@touch $@

$(NODE_CLIENTS): tests/clients/node/package-lock.json
	@cd tests/clients/node && npm ci --silent
	@touch $@
