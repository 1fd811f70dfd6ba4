# The settings below can be given on the command line: make run HOST=0.0.0.0 PORT=8600
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8501
# Where torch comes from, if not from the usual index: a build without CUDA is much smaller,
# make install TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# How many processes run the tests.
JOBS ?= 2
# What else the benchmarks are told: names of some of them, --markdown FILE, --plot FILE.
BENCH ?=
# What else the load tests are told: --quick, --markdown FILE.
SOAK ?=
# How long make fuzz looks.
FUZZ_SECONDS ?= 600

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt
FROM_TORCH_INDEX := $(if $(TORCH_INDEX),$(INSTALL) --index-url $(TORCH_INDEX) --no-deps torch)
# Compiles the kernels into numba's cache, so that the first user does not wait.
WARM_UP := $(BIN)/python -m metrics_core.warm_up
SOURCES := metrics_core app tests

.DEFAULT_GOAL := help
.PHONY: help install install-test browser run check format test bench bench-check fuzz soak audit

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## set up .venv with what the dashboard needs

install-test: $(VENV)/.installed-test ## the same, with the tools and the libraries that the tests compare with

run: install ## set up, then start the dashboard at http://HOST:PORT
	$(BIN)/metric-explorer app --host $(HOST) --port $(PORT)

check: install-test ## format, lint, types, layers
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/pyright
	$(BIN)/lint-imports

format: install-test ## put the sources in the form that check asks for
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

browser: install-test ## find Chromium, or install it
	@$(BIN)/python -m tests.browser.install

test: check browser ## check, then every test, those in a browser included
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder

fuzz: install-test ## feed the file readers with bytes that reach ever more of their code, for FUZZ_SECONDS
	$(INSTALL) 'atheris>=3'
	$(BIN)/python -m tests.fuzz $(FUZZ_SECONDS)

soak: browser ## put the dashboard under load, kill it, fill its disk; fails where a limit is missed
	$(BIN)/python -m tests.soak $(SOAK)

audit: install-test ## look the pinned versions up among known vulnerabilities; asks pypi.org
	$(INSTALL) 'pip-audit>=2.7'
	$(BIN)/python -m pip_audit --requirement constraints.txt --no-deps --disable-pip --strict

bench: browser ## time the metrics beside other libraries, and the dashboard's steps
	$(BIN)/python -m tests.benchmarks $(BENCH)

bench-check: browser ## the same; fails where a ratio misses its goal by more than 25 %
	$(BIN)/python -m tests.benchmarks --check $(BENCH)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(FROM_TORCH_INDEX)
	$(INSTALL) --editable .
	$(WARM_UP)
	@touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(FROM_TORCH_INDEX)
	$(INSTALL) --editable '.[test,peers]'
	$(WARM_UP)
	@touch $@ $(VENV)/.installed
