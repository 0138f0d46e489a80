# Wenda 问达. `make help` lists what can be done.

VENV   ?= .venv
HOST   ?= 127.0.0.1
PORT   ?= 8000
ARGS   ?=
TESTERS ?= 2
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
CODE   := $(wildcard models indexer answerer ticket_bridge kb_app web tests bench)
STAMP  := $(VENV)/.stamp

# The first Python of this machine that is 3.11 or newer and can make an environment.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$p" && break; done)

# Start-up is three times slower without cached bytecode, and pip is told not to write it ahead.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run install install-lean servers test check fmt clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install-lean  ## Set up and start with the demo data: http://127.0.0.1:8000, or PORT=
	$(BIN)/wenda migrate
	$(BIN)/wenda demo
	MALLOC_ARENA_MAX=2 WENDA_SITE_NAME="$${WENDA_SITE_NAME:-屿见帮助中心}" exec $(BIN)/wenda run --host $(HOST) --port $(PORT)

install-lean: $(STAMP)-lean  ## Install what running needs, without torch (about 380 MB)

install: $(STAMP)-full  ## Install the full set: sentence-transformers, test tools (about 6 GB)

servers:  ## Install the servers that the tests start: Elasticsearch, PostgreSQL, Redis, Chromium
	bash tests/servers/install.sh

test: install  ## Run all tests in TESTERS processes; ARGS="-k word" chooses
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile $(ARGS)

check: install  ## Format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile $(ARGS)

fmt: $(STAMP)-full  ## Format the code, sort the imports
	$(BIN)/ruff check --fix-only --exit-zero .
	$(BIN)/ruff format .

clean:  ## Remove the environment and what the tools left
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
	  echo "Wenda needs Python 3.11 or newer with the venv module, and found none." >&2; \
	  echo "Debian, Ubuntu: apt install python3 python3-venv. Or name one: make PYTHON=/path/to/python3" >&2; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP)-lean: requirements-lean.txt pyproject.toml | $(BIN)/python
	$(PIP) install --no-compile --no-deps -r requirements-lean.txt
	$(PIP) install --no-compile --no-deps -e .
	@test -e $(STAMP)-full || { $(slim); }
	@touch $@

$(STAMP)-full: requirements.txt requirements-lean.txt requirements-dev.txt pyproject.toml | $(BIN)/python
	$(PIP) install --no-compile -r requirements.txt
	$(PIP) install --no-compile --no-deps -e .
	@touch $(STAMP)-lean $@

# 87 MB that running never reads: packages' own tests and C sources, jieba's models for another
# framework and another Python, setuptools (its slow pkg_resources is imported only when it is there), pip's bytecode.
slim = $(PIP) uninstall --quiet --yes setuptools 2>/dev/null; \
	cd $(VENV)/lib/python3*/site-packages && rm -rf jieba/lac_small onnxruntime/transformers && \
	rm -f jieba/*/*.p jieba/analyse/idf.txt && \
	find numpy scipy sklearn -type d -name tests -prune -exec rm -rf {} + && \
	find numpy scipy sklearn -type f \( -name '*.pyx' -o -name '*.pxd' -o -name '*.[ach]' \) -delete && \
	find pip -type d -name __pycache__ -prune -exec rm -rf {} +
