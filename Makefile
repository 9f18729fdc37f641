# Two commands matter: `make demo` and `make test`. The rest is for people who work on Upheld.
PYTHON ?= python3
VENV   := .venv
JOBS   ?= 2
MATRIX := tests/end_to_end/test_fault_matrix.py
BIN    := $(VENV)/bin
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-header --quiet
GUIDED := -runs=200000 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

unexport PYTHONDONTWRITEBYTECODE  # the tests start the real command hundreds of times: it is compiled once

.PHONY: demo test check lint lock simulate-claims simulate-comparison matrix fuzz bench bench-judge bench-pages fuzz-guided clean help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.runtime  ## probe four simulated providers, judge them, render the site
	@$(BIN)/upheld demo --out demo

test: lint $(VENV)-sdk/.ready  ## ruff, mypy strict and the whole test suite
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile  # in the order of tests/conftest.py: the longest first

check: test  ## the same: one command for people and CI

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

matrix: $(VENV)/.dev  ## of the tests, only: every fault of the simulator through the real command, against docs/fault-matrix.md
	@$(BIN)/python -m pytest $(MATRIX)

fuzz: $(VENV)/.dev  ## 200,000 mutated answers of providers: each ends as a row, in bounded time and memory
	@$(BIN)/python -m tests.fuzz

fuzz-guided: $(VENV)/.dev $(VENV)-fuzz/.ready  ## the same number, mutated towards code that no answer has reached yet (atheris)
	@PYTHONPATH="$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
		$(VENV)-fuzz/bin/python tests/fuzz/guided.py $(GUIDED) $(VENV)-fuzz/corpus

simulate-claims: $(VENV)/.dev  ## how often verdicts on promises are wrong, minutes -> docs/coverage.md, reports/coverage.json
	@$(BIN)/python -m tests.simulation

simulate-comparison: $(VENV)/.dev  ## how often comparisons of providers and weeks are wrong -> docs/comparison.md
	@$(BIN)/python -m tests.monitor.judge.compare

bench: $(VENV)/.dev $(VENV)-bench/.ready  ## measure ourselves beside httpx, aiohttp, locust and hey; rewrites docs/benchmarks.md
	@$(BIN)/python -m tests.bench

bench-judge: $(VENV)/.dev  ## judge a month and a year of 20 providers, make the site of a quarter; rewrites docs/benchmarks-judge.md
	@$(BIN)/python -m tests.bench.judging

bench-pages: $(VENV)/.dev  ## how heavy the pages of 20 providers are, raw and gzipped -> docs/benchmarks.md
	@$(BIN)/python -m tests.bench.pages

lock:  ## resolve the pinned versions again (no index host is written)
	@$(BIN)/python -m pip install --quiet uv
	@$(COMPILE) --group dev --group hatch -o requirements-dev.lock
	@$(COMPILE) --group hatch -c requirements-dev.lock -o requirements.lock
	@$(COMPILE:pyproject.toml=tests/conformance/requirements-sdk.in) -o requirements-sdk.lock
	@$(COMPILE:pyproject.toml=tests/bench/requirements-bench.in) -o requirements-bench.lock
	@$(COMPILE:pyproject.toml=tests/fuzz/requirements-fuzz.in) -o requirements-fuzz.lock

clean:  ## remove what was built, keep data/
	rm -rf $(VENV) $(VENV)-sdk $(VENV)-fuzz demo build dist .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Upheld needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.created requirements.lock pyproject.toml
	@echo "Installing pinned versions into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# Older lines of the official SDKs, as clients of the simulator in the conformance tests.
$(VENV)-sdk/.ready: requirements-sdk.lock
	@echo "Installing older provider SDKs into $(VENV)-sdk ..."
	@$(PYTHON) -m venv $(VENV)-sdk
	@$(VENV)-sdk/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-sdk.lock
	@touch $@

# Coverage-guided fuzzing; what it needs besides is the environment of the tests, whose packages it is shown.
$(VENV)-fuzz/.ready: requirements-fuzz.lock
	@echo "Installing atheris into $(VENV)-fuzz (Python 3.11 to 3.13) ..."
	@$(PYTHON) -m venv $(VENV)-fuzz
	@$(VENV)-fuzz/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-fuzz.lock
	@mkdir -p $(VENV)-fuzz/corpus && touch $@

# A peer of the benchmark, of forty packages that nothing else needs.
$(VENV)-bench/.ready: requirements-bench.lock
	@echo "Installing a peer of the benchmark into $(VENV)-bench ..."
	@$(PYTHON) -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-bench.lock
	@touch $@

$(VENV)/.dev: $(VENV)/.created requirements-dev.lock pyproject.toml
	@echo "Installing pinned versions into $(VENV), with what the tests need ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime
