# The commands of this repository. `make demo` and `make test` are all that a newcomer needs.

PYTHON  ?= python3
DIR     ?= ./demo-workspace
VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help setup demo test test-unit test-integration test-e2e check check-extensions vsix e2e-vscode code \
	bench-curves format generate pictures wheel soak clean
.NOTPARALLEL:

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 20

setup: $(STAMP)  ## .venv with everything that training, tests and checks need

# An interrupted setup goes on where it stopped: what is installed already is not fetched again.
$(STAMP): pyproject.toml constraints.txt hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	"Python 3.11 or newer is needed; name one, as in: make setup PYTHON=python3.12")'
	@echo "Setting up .venv, in one to three minutes:"
	@echo "  a virtual environment"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) --upgrade pip
	@echo "  PyTorch"
	@$(INSTALL) torch
	@echo "  Intern, what trains, what checks"
	@$(INSTALL) --build-constraint constraints.txt --editable '.[train,agent,jupyter,dev]'
	@touch $@
	@echo "Done: $(BIN)/intern"

demo: setup  ## improve a weak training run, from a new workspace in DIR to the report
	$(BIN)/intern new sft $(DIR)
	cd $(DIR) && $(CURDIR)/$(BIN)/intern improve

test: setup check check-extensions test-unit test-integration test-e2e e2e-vscode  ## everything that CI runs

test-unit: setup  ## seconds, no training
	$(BIN)/python -m pytest tests/unit -n 2 --dist loadfile

test-integration: setup  ## real daemon, real git, real training
	$(BIN)/python -m pytest tests/integration

test-e2e: setup  ## the demo, as a newcomer runs it
	$(BIN)/python -m pytest tests/e2e

check: setup  ## linters, types, import rules, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m intern_daemon.protocol.generate --check
	$(BIN)/python -m intern_daemon.diagnosis.document --check
	$(BIN)/python -m intern_daemon.lint.document --check

check-extensions:  ## tsc, eslint and unit tests of the panels and the VS Code extension
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed for the extensions"; exit 1; }
	cd extensions/panels && npm ci --ignore-scripts && npm run check && npm run build
	cd extensions/vscode && npm ci --ignore-scripts && npm run check

vsix: check-extensions  ## extensions/vscode/intern.vsix, to install in VS Code
	cd extensions/vscode && npm run package

e2e-vscode: setup vsix  ## the extension in a real VS Code workbench; installs code-server and Chromium
	cd extensions/vscode && node test/run.mjs

code: setup vsix  ## try the VS Code extension on a workspace in DIR, in VS Code or in the browser
	@test -d $(DIR) || $(BIN)/intern new sft $(DIR)
	@cd extensions/vscode && node try.mjs $(abspath $(DIR))

bench-curves: setup check-extensions  ## paint and zoom beside TensorBoard and Trackio; half an hour, Chromium, 8 GB of disk
	$(INSTALL) --build-constraint constraints.txt --editable '.[bench]'
	node benchmarks/curves/run.mjs --out benchmarks/results/curves.json

format: setup  ## let ruff write
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: setup  ## JSON Schema, TypeScript, protocol and rule reference from the code
	$(BIN)/python -m intern_daemon.protocol.generate
	$(BIN)/python -m intern_daemon.diagnosis.document
	$(BIN)/python -m intern_daemon.lint.document

pictures: setup  ## docs/images from a recorded session
	$(BIN)/python -m tests.e2e.pictures

wheel: setup  ## sdist, and the wheel built from it, in dist/
	$(BIN)/python -m build --outdir dist .

soak: setup  ## kill daemon and worker at random moments of an improvement, ten times each
	INTERN_DEATHS=10 $(BIN)/python -m pytest tests/e2e/test_demo_deaths.py -s

clean:  ## remove what was made, the virtual environment too
	rm -rf $(VENV) .editable build dist
