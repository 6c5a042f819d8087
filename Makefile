# Every target sets up what it needs; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help demo check style quick test torture bench bench-full matrix clean

# A shell that forbids bytecode would have every process compile the engine anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PORT ?= 8000
# Dealt out one by one, so that neither of two processes is done long before the other.
DEALT := --dist worksteal
TWO := -n 2 $(DEALT)
# Three: some wait for a clock or another process.
QUICK := pytest -q -n 3 $(DEALT) -m "not slow and not browser" --ignore=tests/torture --hypothesis-profile quick
# What make check leaves out, and the property tests with all their examples.
REST := pytest -q -m "slow or browser or hypothesis"
# The soak is the longest: it begins first.
TORTURE := pytest -q -m torture tests/torture/test_soak.py tests/torture
# What measures time, capacity or a restart has the machine for itself.
MEASURED := tests/api/test_edges.py tests/api/test_overload.py
LONG_TASKS := tests/browser/test_widget.py::test_four_lists_of_a_page_take_no_long_task
ALONE := tests/torture/test_crashes.py tests/torture/test_overload.py
BESIDE := $(TWO) $(addprefix --ignore=,$(ALONE))
OWN := $(if $(ARTICLES),--articles $(ARTICLES)) $(if $(EVENTS),--events $(EVENTS)) $(if $(NOW),--now $(NOW))

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: ## train and serve the sample newsroom (or ARTICLES=file EVENTS=file) and print its addresses
	@sh .ci/prepare runtime
	@$(BIN)/recsys demo --port $(PORT) $(OWN)

check: ## the checks to run by habit: style, types, floors, quick tests
	@sh .ci/prepare dev
	@$(MAKE) --no-print-directory -j 2 style quick

style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/lint-imports --no-logo
	$(BIN)/mypy recsys api benchmarks

quick:
	$(BIN)/$(QUICK)

test: ## everything that must hold before a change lands, browser tests included
	@sh .ci/prepare browser
	$(MAKE) check
	$(BIN)/$(REST) $(TWO) --ignore=tests/torture $(addprefix --ignore=,$(MEASURED)) --deselect=$(LONG_TASKS)
	$(BIN)/$(REST) $(MEASURED) $(LONG_TASKS)
	$(BIN)/$(TORTURE) $(BESIDE)
	$(BIN)/pytest -q -m torture $(ALONE)

torture: ## the torture suite at length: crashes, floods, full disks, hostile models, a long soak
	@sh .ci/prepare dev
	$(BIN)/$(TORTURE) --long -rfEs $(BESIDE)
	$(BIN)/pytest -q -m torture $(ALONE) --long -rfEs

bench: ## measure in some minutes and say what moved (quality only with RECSYS_DATA=folder)
	@sh .ci/prepare bench
	$(BIN)/python -m benchmarks.run

bench-full: ## the same with every size up to a million articles: some hours
	@sh .ci/prepare bench
	$(BIN)/python -m benchmarks.run --full

matrix: ## the quick tests on every Python 3.11+ that is here, and on the lowest dependencies
	@for version in 3.11 3.12 3.13; do \
		python$$version -c '' 2>/dev/null || { echo "no python$$version here"; continue; }; \
		echo "Python $$version"; \
		python$$version -m venv .venv-$$version && \
		.venv-$$version/bin/pip install -q -e ".[dev]" && .venv-$$version/bin/$(QUICK) || exit 1; \
	done
	@sh .ci/prepare dev
	@echo "Lowest dependencies"
	@$(BIN)/python .ci/lowest > .venv/lowest.txt
	@$(BIN)/python -m venv .venv-lowest
	@.venv-lowest/bin/pip install -q -e ".[dev]" -c .venv/lowest.txt
	@.venv-lowest/bin/$(QUICK)

clean: ## remove what the targets made
	rm -rf .venv .venv-* build dist .demo screenshots .mypy_cache .pytest_cache .ruff_cache .hypothesis
