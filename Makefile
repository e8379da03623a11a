# The commands of this repository. `make demo` and `make test` are all that a newcomer needs.

PYTHON ?= python3
DIR    ?= ./demo-workspace
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help setup demo test test-unit test-integration check format generate wheel soak clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 20

setup: $(STAMP)  ## .venv with everything that training, tests and checks need

$(STAMP): pyproject.toml constraints.txt hatch_build.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[train,agent,dev]'
	touch $@

demo: setup  ## improve a weak training run, from a new workspace in DIR to the report
	$(BIN)/intern new sft $(DIR)
	cd $(DIR) && $(CURDIR)/$(BIN)/intern improve

test: setup check test-unit test-integration  ## everything that CI runs

test-unit: setup  ## seconds, no training
	$(BIN)/python -m pytest tests/unit -n 2 --dist loadfile

test-integration: setup  ## real daemon, real git, real training
	$(BIN)/python -m pytest tests/integration tests/e2e

check: setup  ## linters, types, import rules, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m intern_daemon.protocol.generate --check

format: setup  ## let ruff write
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: setup  ## JSON Schema, TypeScript and protocol reference from the models
	$(BIN)/python -m intern_daemon.protocol.generate

wheel: setup  ## sdist, and the wheel built from it, in dist/
	$(BIN)/python -m build --outdir dist .

soak: setup  ## kill daemon and worker at random moments of an improvement, ten times each
	INTERN_DEATHS=10 $(BIN)/python -m pytest tests/e2e/test_demo_deaths.py -s

clean:  ## remove what was made, the virtual environment too
	rm -rf $(VENV) .editable build dist
