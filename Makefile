# The tasks of this project. A fresh machine needs Python 3.11+, pip, make and git; the rest
# is brought in here. `make help` lists the tasks.

PYTHON ?= python3
CLARY_REFERENCE ?= ../shared/reference
UV_VERSION := 0.13.9

BIN := .venv/bin
UV := .tools/bin/uv
UV_STAMP := .tools/uv-$(UV_VERSION).stamp
SYNC_STAMP := .venv/synced.stamp

# Many tests wait for servers, processes and clocks: two a core keep the cores at work.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')

# Without bytecode every start of the command costs two to three times as much.
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
override CLARY_REFERENCE := $(abspath $(CLARY_REFERENCE))
export CLARY_REFERENCE
LC_ALL ?= C.UTF-8
export LC_ALL

.PHONY: help demo test lint types layers unit bench soak docs fmt environment system clean
.DEFAULT_GOAL := help

help: ## list the tasks
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '%-16s %s\n' "$$name" "$$text"; done

demo: $(SYNC_STAMP) ## run the main job once on sandbox companies and print what happened
	@$(BIN)/clary demo --once --json

test: system lint types layers unit ## every gate: style, types, layers, tests, coverage

lint: $(SYNC_STAMP) ## style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(SYNC_STAMP) ## types of source, tests and scripts
	$(BIN)/mypy

layers: $(SYNC_STAMP) ## imports point down only, no cycles
	$(BIN)/lint-imports --no-logo

unit: $(SYNC_STAMP) ## tests and coverage; prints what was skipped and why
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist worksteal
	@$(BIN)/coverage combine --quiet
	$(BIN)/python -m scripts.check_coverage

bench: $(SYNC_STAMP) ## measure posting, queries, batches, pushes, drains and schedules
	UV=$(abspath $(UV)) $(BIN)/python -m bench

soak: $(SYNC_STAMP) ## ten times as many random histories as `make test`, and many companies under load
	CLARY_HISTORIES=20000 $(BIN)/pytest tests/histories -n auto -o faulthandler_timeout=0
	CLARY_SOAK=$${CLARY_SOAK:-200x50} $(BIN)/pytest tests/soak -n 0 -s -o faulthandler_timeout=0

docs: $(SYNC_STAMP) ## write the generated reference pages anew
	$(BIN)/python -m scripts.generate_reference

fmt: $(SYNC_STAMP) ## format, and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

environment: $(SYNC_STAMP) ## bring uv and install what pyproject.toml and uv.lock say

system: $(SYNC_STAMP) ## install or name the system packages that tests need
	@$(BIN)/python -m scripts.system_packages

clean: ## remove the environment and all caches
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* dist

$(UV_STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --upgrade --target .tools uv==$(UV_VERSION)
	@touch $@

$(SYNC_STAMP): $(UV_STAMP) pyproject.toml uv.lock
	$(UV) sync --locked --all-extras --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@
