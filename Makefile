.DEFAULT_GOAL := help
.PHONY: help run test check bench serve clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STUDY ?= studies/trans_caspian.toml
READY := $(VENV)/.installed

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */make \1\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	@echo "setting up $(VENV) (once, one to three minutes)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 run"; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(READY) ## set up and run the main job on the embedded data
	@$(BIN)/transcaspian run $(STUDY)

test: $(READY) ## set up and run the tests
	@$(BIN)/python -m pytest

check: $(READY) ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(READY) ## measure the router beside its peers (0.4 and 1.5 million cells)
	@$(BIN)/python -m benchmarks.router

serve: $(READY) ## serve the flow, with its schedule, to a Prefect server of your own
	@$(BIN)/python -m flows.serve

clean: ## remove the virtual environment and caches; data/processed is kept
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
