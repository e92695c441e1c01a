# The daily things, one line each: `make help`.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench bench-intake fuzz lock translations clean

BIN := .venv/bin
# The newest of these that is 3.11 or later and can make a virtual environment; override with `make PYTHON=...`.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

# A stamp carries the checksum of what it was made from, so that nothing is done while these files stay the same.
sum = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
PYTHON_STAMP := .venv/.python-$(call sum,requirements.lock pyproject.toml)
VENDOR_STAMP := .venv/.vendor-$(call sum,package-lock.json requirements-node.lock tools/vendor.py)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard reviewdesk/translations/*/LC_MESSAGES/*.po))

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(PYTHON_STAMP) $(VENDOR_STAMP) $(CATALOGUES) ## Install everything into .venv; does nothing when up to date

$(PYTHON_STAMP):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (Debian: apt install python3-venv)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f .venv/.python-* && touch $@

$(VENDOR_STAMP): $(PYTHON_STAMP)
	$(BIN)/python tools/vendor.py
	@rm -f .venv/.vendor-* && touch $@

%.mo: %.po | $(PYTHON_STAMP)
	$(BIN)/pybabel --quiet compile --input-file=$< --output-file=$@

demo: setup ## Start the demo: web, two workers, a lending platform and a law firm with data (Ctrl-C stops it)
	@$(BIN)/reviewdesk demo

test: setup ## Run all tests, in parallel
	$(BIN)/pytest --numprocesses=auto --dist=loadgroup $(ARGS)

check: setup ## Lint, types, floor plan
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## Measure import and audit of 50,000 rows against reading the file alone
	$(BIN)/python -m bench $(ARGS)

RIVALS := build/rivals
RIVAL_PACKAGES := pandas openpyxl sqlalchemy "psycopg[binary]" django django-import-export

bench-intake: setup $(RIVALS)/bin/python ## Measure intake part by part, beside pandas, an ORM and django-import-export
	$(BIN)/python -m bench.intake --rivals $(RIVALS)/bin/python $(ARGS)

$(RIVALS)/bin/python:
	$(PYTHON) -m venv $(RIVALS)
	$(RIVALS)/bin/python -m pip install --quiet --disable-pip-version-check $(RIVAL_PACKAGES)

FUZZ := build/fuzz/atheris-3.0.0
SECONDS ?= 120

fuzz: setup $(FUZZ) ## Change small files byte by byte and read them, for SECONDS=120 (atheris; Linux, CPython 3.11 to 3.13)
	PYTHONPATH=$(FUZZ) $(BIN)/python tools/fuzz.py -max_total_time=$(SECONDS) $(ARGS)

$(FUZZ):
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --target $@ atheris==3.0.0

lock: $(PYTHON_STAMP) ## Lock the newest versions that pyproject.toml and package.json admit
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--upgrade --group dev --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--upgrade --output-file requirements-node.lock requirements-node.in
	npm install --package-lock-only --ignore-scripts

translations: $(PYTHON_STAMP) ## Collect new sentences from code and templates into the catalogues
	$(BIN)/pybabel --quiet extract --mapping-file=pyproject.toml --keyword=_l --no-location --sort-output \
		--project=ReviewDesk --output-file=reviewdesk/translations/messages.pot reviewdesk
	$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-pot-creation-date \
		--input-file=reviewdesk/translations/messages.pot --output-dir=reviewdesk/translations

clean: ## Remove what setup made; var/ with your data stays
	rm -rf .venv node_modules reviewdesk/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
