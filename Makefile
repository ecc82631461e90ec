.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-all mutants soak check docs bench bench-full serve clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STUDY ?= studies/trans_caspian.toml
TEST_PROCESSES ?= 3
READY := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --max-worker-restart 1
BENCH_VENV ?= .venv-bench
BENCH_READY := $(BENCH_VENV)/.installed

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */make \1\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	@echo "setting up $(VENV) (once, one to three minutes)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 run"; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(READY) ## set up and run the main job on the embedded data
	@$(BIN)/transcaspian run $(STUDY)

test: $(READY) ## set up and run the tests, but the long trials of deployments
	@$(PYTEST) -m 'not slow'

test-slow: $(READY) ## the long trials of deployments alone: several nights, servers that die, clocks that jump
	@$(PYTEST) -m slow

test-all: $(READY) ## every test
	@$(PYTEST)

mutants: $(READY) ## how many of 200 seeded faults of the code the tests catch, and which they do not (40 minutes at most)
	@$(BIN)/python -m tests.soak.mutants

soak: $(READY) ## the long trials: 500 damaged files of each format, 300 kills of decisions, a month of nights served and one by a worker, each fault once, 20,000 seas
	@$(BIN)/python -m tests.soak.damaged_files
	@nice -n 19 $(BIN)/python -m tests.soak.seas 20000
	@TRANSCASPIAN_KILLS=300 $(BIN)/python -m pytest tests/faults/test_decisions.py
	@$(BIN)/python -m tests.soak.month

check: $(READY) ## ruff, mypy, and the words that we left
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.words

docs: $(READY) ## the site in build/site, warnings are errors; then every command of the tutorial and how-to pages, on coarse studies
	@$(BIN)/python docs/make_site.py
	@$(BIN)/python docs/run_commands.py

$(BENCH_READY): pyproject.toml constraints.txt benchmarks/requirements.txt benchmarks/requirements-newest.txt
	@echo "setting up $(BENCH_VENV) (once, one to three minutes)"
	@$(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@sed 's/#.*//' benchmarks/requirements.txt | while read -r peer; do test -z "$$peer" || \
	  $(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt "$$peer" || \
	  echo "left out: $$peer"; done
	@sed 's/#.*//' benchmarks/requirements-newest.txt | while read -r peer; do test -z "$$peer" || \
	  $(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
	  "$$peer" || echo "left out: $$peer"; done
	@touch $@

bench: $(BENCH_READY) ## measure router and export beside their peers, batches on one thread and two, whole runs (some minutes)
	@$(BENCH_VENV)/bin/python -m benchmarks.router --sizes 1 --runs 3
	@$(BENCH_VENV)/bin/python -m benchmarks.export
	@$(BENCH_VENV)/bin/python -m benchmarks.batch --routes 100
	@$(BENCH_VENV)/bin/python -m benchmarks.whole_runs --rounds 1

bench-full: $(BENCH_READY) ## ten seas of each of four kinds, slow peers on the first, 6 and 25 million cells (45 minutes)
	@$(BENCH_VENV)/bin/python -m benchmarks.router --sizes 1 --seeds 10 --runs 3 --works field path
	@$(BENCH_VENV)/bin/python -m benchmarks.router --add --sizes 6 --runs 3 --works field path --no-memory \
	  --peers "peers' cells" scikit-fmm xarray-spatial dijkstra3d
	@$(BENCH_VENV)/bin/python -m benchmarks.router --add --sizes 25 --runs 3 --works field path --no-memory \
	  --cases caspian-like caspian --peers "peers' cells" scikit-fmm xarray-spatial dijkstra3d
	@$(BENCH_VENV)/bin/python -m benchmarks.report README.md

serve: $(READY) ## serve the flow, with its schedule, to a Prefect server of your own
	@$(BIN)/transcaspian serve

clean: ## remove the virtual environment and caches; data/processed is kept
	rm -rf $(VENV) $(BENCH_VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
