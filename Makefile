# The commands for people and CI. A bare machine with Python 3.11+ is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Files in the order of the tree, each in one of two processes; PYTHONHASHSEED gives both the same order of parameters.
PYTEST := PYTHONHASHSEED=0 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# Programs of Debian that tests run: $(call debian,PROGRAMS,PACKAGES).
debian = PATH="$$PATH:/usr/sbin"; ( for each in $(1); do command -v $$each || exit 1; done ) >/dev/null \
	|| { echo "Installing from Debian: $(2) …"; { apt-get update --quiet; apt-get install --yes --quiet $(2); } >/dev/null; } || { echo "Install first: sudo apt-get install $(2)"; exit 2; }

unexport PYTHONDONTWRITEBYTECODE   # half of a short test run is compiling
.DEFAULT_GOAL := help
.PHONY: help dev test test-long test-pooler unit lint types coverage audit mutate format migration docs clients bench scale pins clean

help:  ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "SigmaSight needs Python 3.11 or newer; name one: make PYTHON=python3.11 …")'
	@echo "Setting up $(VENV) (once; about a minute) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

dev: $(READY)  ## run everything here: Postgres, a local Clerk, demo data, the API and its console on 127.0.0.1:8000
	@exec $(BIN)/sigmasight dev

test: lint types  ## check everything: format, lint, types, import rules, unit, contract, integration and browser tests
	@$(call debian,chromium,chromium)
	HYPOTHESIS_PROFILE=standard $(PYTEST)

test-long: $(READY)  ## the same tests at full size: months of billing, 100,000 mutated webhooks, 1,000 open streams; then behind PgBouncer
	@$(call debian,chromium haproxy pgbouncer systemd-analyze promtool amtool,chromium haproxy pgbouncer systemd prometheus prometheus-alertmanager)
	@HYPOTHESIS_PROFILE=thorough $(PYTEST) -m ""
	@$(MAKE) test-pooler

test-pooler: $(READY)  ## run the integration tests behind PgBouncer in transaction mode, which comes from Debian
	@$(call debian,chromium pgbouncer,chromium pgbouncer)
	@TEST_POOLER=1 $(PYTEST) tests/integration

lint: $(READY)  ## check format, lint and import rules
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: $(READY)  ## check types, strictly
	$(BIN)/mypy

unit: $(READY)  ## run the tests that need only Python
	@$(BIN)/pytest tests/unit -n 2 --dist worksteal

coverage: $(READY)  ## measure the branch coverage of the tests that run in one process
	@$(BIN)/coverage run -m pytest -q tests/unit $(addprefix tests/integration/,contracts postgres reconciliation)
	@$(BIN)/coverage report

audit: $(READY)  ## compare the pins with the published vulnerabilities (needs the network)
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip --requirement requirements/runtime.txt --requirement requirements/dev.txt

mutate: $(READY)  ## mutate identity, access and billing, and count what the tests kill (an hour): make mutate of="domain/access"
	@rm -rf mutants
	@$(BIN)/python -m tests.support.mutation $(of)

format: $(READY)  ## format, and fix what the linter can fix
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

migration: $(READY)  ## draft a migration from the tables: make migration m="Add watchlists"
	@test -n '$(m)' || { echo 'Name the migration: make migration m="Add watchlists"'; exit 2; }
	@$(BIN)/sigmasight database upgrade --no-prompt
	@$(BIN)/sigmasight database make-migrations --autogenerate --no-prompt -m '$(m)'

docs: $(READY)  ## build the documentation site into site/
	@NO_COLOR=1 $(BIN)/mkdocs build --strict
	@echo "Open site/index.html"

clients: $(READY)  ## generate and build the Python and the TypeScript client (a minute)
	@$(BIN)/python -m clients

bench: $(READY)  ## measure what a request costs, as a ratio to its floor
	@$(BIN)/python -m bench

scale: $(READY)  ## run servers behind HAProxy and PgBouncer, disturb part after part, and count what is lost
	@$(call debian,haproxy pgbouncer,haproxy pgbouncer)
	@$(BIN)/python -m bench.scale

pins: $(READY)  ## compile requirements/*.txt from pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --custom-compile-command "make pins" pyproject.toml -o requirements/runtime.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make pins" --constraint requirements/runtime.txt --group dev --extra otel pyproject.toml -o requirements/dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make pins" --constraint requirements/dev.txt --group build -o requirements/build.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make pins" --constraint requirements/dev.txt --extra otel pyproject.toml -o requirements/otel.txt

clean:  ## remove the virtual environment and the local data
	@rm -rf $(VENV) site clients/openapi.json clients/*/dist clients/python/src/sigmasight_client/generated clients/typescript/node_modules clients/typescript/src/schema.ts clients/typescript/*.tgz .sigmasight .mypy_cache .ruff_cache .pytest_cache .hypothesis
