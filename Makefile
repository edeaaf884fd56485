# huiqi (惠企). Needs Python 3.11 or newer, and make; `make help` lists what there is.

VENV    ?= .venv
PYTHON  ?= $(shell for p in python3.11 python3; do "$$p" -c '' 2>/dev/null && echo "$$p" && break; done)
HOST    ?= 127.0.0.1
PORT    ?= 8000
WORKERS ?= 2
ARGS    ?=
# What is installed for the tests; with EXTRAS=test,spark (500 MB more, and Java 17) those that need Spark run too.
EXTRAS  ?= test

BIN       = $(VENV)/bin
RUNNABLE  = $(VENV)/.installed-run
TESTABLE  = $(VENV)/.installed-$(EXTRAS)
INSTALL   = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test check bench soak clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo 'Settings: PYTHON, VENV, HOST, PORT, DATABASE_URL (run); WORKERS, ARGS, EXTRAS (test, soak)'

run: export DATABASE_URL ?= sqlite:///$(CURDIR)/var/huiqi.db
run: $(RUNNABLE) ## set up everything and serve the sample enterprises on HOST:PORT
	@mkdir -p var
	$(BIN)/huiqi setup --sample
	$(BIN)/huiqi serve --sample --host "$(HOST)" --port "$(PORT)"

test: $(TESTABLE) ## set up everything and run the tests, on SQLite and PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: $(TESTABLE) ## lint, formatting, types, and the layers of the architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(TESTABLE) ## measure speed: one enterprise against all rules, and 300,000 made-up ones
	$(BIN)/python -m bench.one_enterprise
	$(BIN)/python -m bench.population --size 300000

soak: $(TESTABLE) ## search for long: the tests marked soak, and every property with far more examples
	$(BIN)/python -m pytest -m 'soak or hypothesis' --hypothesis-profile=soak -n $(WORKERS) $(ARGS)

clean: ## remove caches and builds; .venv and var stay
	rm -rf build dist *.egg-info .coverage .coverage.* htmlcov
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./.git -prune -o -path './$(VENV)' -prune -o -type d -name __pycache__ -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'huiqi needs Python 3.11 or newer; no python3 was found.' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "huiqi needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
		echo 'Name another one with: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv "$(VENV)" || { rm -f "$@"; \
		echo 'The virtual environment could not be made. On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

$(RUNNABLE): pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing huiqi and what it needs to run'
	@$(INSTALL) -e .
	@touch "$@"

$(TESTABLE): pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing huiqi and what it needs to run and to be tested'
	@$(INSTALL) -e '.[$(EXTRAS)]'
	@touch "$(RUNNABLE)" "$@"
