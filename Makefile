# Needs python3 >= 3.11 with venv, and make. `make help` lists what there is.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
BIN    := $(VENV)/bin
PORT   ?= 8000
SERVE  ?= 1
WORKERS ?= auto

# A stamp for each set of locked requirements: a second run installs nothing.
key     = $(word 1,$(shell cksum < $(1)))
RUNTIME := $(VENV)/.installed-$(call key,requirements.txt)
DEV     := $(VENV)/.installed-dev-$(call key,requirements-dev.txt)

PIP    := $(PY) -m pip install -qq --disable-pip-version-check --require-hashes
PYTEST := $(PY) -m pytest -n $(WORKERS) --maxprocesses 4 --dist loadfile
CLEAN  := env -u DATABASE_URL -u REDIS_URL -u KPO_ENV -u DEBUG -u DATA_DIR

.DEFAULT_GOAL := help
.PHONY: help demo run migrate test quick lint types imports format lock bench pictures

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(RUNTIME) ## set up everything, load the examples, print scorecards, serve (SERVE=0: do not serve)
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py demo $(if $(filter 0,$(SERVE)),--no-serve) $(if $(filter-out file default,$(origin PORT)),--port $(PORT))

run: $(RUNTIME) ## migrate and serve on localhost (PORT=8000)
	@$(PY) manage.py migrate --verbosity 0
	@export PUBLIC_URL="$${PUBLIC_URL:-http://localhost:$(PORT)}"; \
	$(PY) manage.py work & work=$$!; trap "kill $$work 2>/dev/null" EXIT INT TERM; \
	$(PY) manage.py runserver 127.0.0.1:$(PORT)

migrate: $(RUNTIME) ## bring the database to the current schema
	@$(PY) manage.py migrate

test: $(DEV) ## run every test on SQLite, and again on PostgreSQL where it is found (CI=true requires it)
	@echo "== SQLite"
	@$(CLEAN) $(PYTEST)
	@url=$$($(PY) -m tests.services); found=$$?; \
	if [ $$found -eq 0 ]; then \
	  echo "== PostgreSQL"; $(CLEAN) DATABASE_URL="$$url" $(PYTEST) -m "database and not browser"; \
	elif [ $$found -eq 1 ]; then \
	  echo "== PostgreSQL: none answers on 127.0.0.1:5432, so its pass is skipped (TEST_POSTGRES names another)"; \
	else echo "== PostgreSQL: CI=true requires one, and none answers" >&2; exit 1; fi

quick: $(DEV) ## the everyday tests: on SQLite, without a browser and what takes long
	@$(CLEAN) $(PYTEST) -m "not slow"

lint: $(DEV) ## style of code and templates, and migrations that are complete
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint --quiet --lint kpotracker contracts metrics
	@$(CLEAN) $(PY) manage.py makemigrations --check --dry-run

types: $(DEV) ## static types
	@$(BIN)/mypy

imports: $(DEV) ## the import contracts
	@$(BIN)/lint-imports

format: $(DEV) ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(DEV) ## measure rows, pages and the API on this machine, each beside its floor (BIG=1: ten million rows too)
	@$(PY) -m benchmarks $(if $(BIG),--big)

pictures: $(DEV) ## take the pictures of README and docs anew from the demonstration
	@$(CLEAN) $(PY) -m tests.browser.pictures

lock: $(RUNTIME) ## write requirements*.txt anew from pyproject.toml, with hashes
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  pyproject.toml --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  pyproject.toml --group dev --output-file requirements-dev.txt

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "kpotracker needs Python 3.11 or later, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1):" \
	       "name another one, such as make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "'$(PYTHON)' cannot make a virtual environment: install its venv module (Debian: python3-venv)" >&2; \
	  rm -rf $(VENV); exit 1; }

$(RUNTIME): | $(PY)
	@echo "Installing the locked requirements into $(VENV) (once)"
	@$(PIP) -r requirements.txt
	@rm -f $(VENV)/.installed-[0-9]* && touch $@

$(DEV): | $(RUNTIME)
	@echo "Installing what tests need into $(VENV) (once)"
	@$(PIP) -r requirements-dev.txt
	@rm -f $(VENV)/.installed-dev-* && touch $@
