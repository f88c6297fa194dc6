# The commands of this repository. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALLED := $(VENV)/.installed
CLIENTS := $(VENV)/clients/.installed

.DEFAULT_GOAL := help
.PHONY: help up test test-clients check format lint types lock env clean

help: ## Lists the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(INSTALLED) ## Starts the whole product with demo data (Ctrl-C stops it)
	@$(BIN)/weir up --demo

test: $(INSTALLED) ## Runs every test
	@$(BIN)/pytest -n 2 --dist loadgroup

test-clients: $(INSTALLED) $(CLIENTS) ## Runs client libraries (openai, LangChain, LlamaIndex, LiteLLM …) against the gateway
	@$(BIN)/pytest -m clients tests/clients

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
