# Everything a newcomer types. Each target sets up what it needs; `make help` lists them.

PYTHON ?= python3
READER ?= all
SIZE ?= 1000
SECONDS ?= 600
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.set-up
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --no-compile
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
# The DAG tests share one process (their files carry one xdist group), since each process pays Airflow's start.
PYTEST := $(PY) -m pytest -n 2 --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help setup demo ui test test-all lint format bench fuzz quality golden lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## .venv from the hashed lock

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name another one with make PYTHON=python3.12")'
	@echo "Setting up $(VENV) (a minute or two, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) --require-hashes -r requirements.txt -r requirements-dev.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## one night over a sample archive: S3 server, Airflow, a delivered bundle under demo/
	@$(PY) plugins/demo.py

ui: setup ## Airflow's pages over the demo archive, on PORT (8080); Ctrl-C ends
	@$(PY) plugins/ui.py

test: setup ## the tests, without the slow ones
	@$(PYTEST) -m "not slow"

test-all: setup ## every test
	@$(PYTEST)

lint: setup ## ruff and mypy
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

format: setup ## let ruff rewrite
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: setup ## messages per second by stage, then events per second and memory by reader (SIZE=1000 MB, READER=all)
	@if [ "$(READER)" = all ]; then $(PY) bench/run.py; echo; fi
	@$(PY) bench/readers.py --size $(SIZE) $(if $(filter-out all,$(READER)),--reader $(READER))

fuzz: setup ## Atheris on each reader for SECONDS (600), or on one READER; findings under build/fuzz/
	@$(PY) tests/fuzz/fuzz_reader.py $(READER) --seconds $(SECONDS)

quality: setup ## precision and recall of the detectors against the sample's truth
	@$(PY) bench/quality.py

golden: setup ## rewrite the golden files; review the diff like code
	@GOLDEN=write $(PY) -m pytest tests/pipeline/render/test_payload.py tests/docs

lock: setup ## make the locks again from the .in files
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) requirements-dev.in -o requirements-dev.txt

clean: ## remove what make made, the demo's buckets included
	@rm -rf $(VENV) demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
