# Everything that a newcomer, a developer or CI types. `make` alone lists it.

PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8000

PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install run test check proof bench image lint types ladder coverage format lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PORT=8080 make run; make test ARGS='-k chair'; PYTHON=python3.12 chooses the Python that .venv is made with."

install: $(VENV)/project.ok ## Install the service into .venv (leaves .venv/bin/troika)

run: install ## Serve on 127.0.0.1:8000 (PORT=), with the demo loaded on the first start
	@exec $(VENV)/bin/troika serve --demo --port $(PORT)

test: $(VENV)/test.ok ## Run the tests on SQLite and on a PostgreSQL of their own (ARGS= for pytest, in one go)
ifdef ARGS
	@exec $(PY) -m pytest $(ARGS)
else
	$(call both_databases,$(PY) -m pytest --db sqlite)
endif

check: lint types ladder coverage ## Everything that must hold before a commit lands

proof: $(VENV)/test.ok ## Run the proofs (crashes, races, hostile input, …) with their long figures: hours
	TROIKA_PROOF=long $(PY) -m pytest tests/proof $(ARGS)

bench: $(VENV)/test.ok ## Measure speed as ratios, and write docs/performance.md (ARGS=--help tells more)
	$(PY) -m bench $(ARGS)

image: ## Build the container image with docker, podman or buildah (ARGS= for the builder)
	@for builder in docker podman buildah; do \
	  if $$builder info >/dev/null 2>&1; then exec $$builder build --tag troika $(ARGS) .; fi; \
	done; echo "No docker, podman or buildah works here." >&2; exit 1

lint: $(VENV)/test.ok ## Lint, and check the formatting
	$(PY) -m ruff check
	$(PY) -m ruff format --check

types: $(VENV)/test.ok ## Check the types
	$(PY) -m mypy

ladder: $(VENV)/test.ok ## Check that imports only go down the ladder
	$(VENV)/bin/lint-imports

# Only SQLite's tests are traced, without the proofs: tracing takes half as long again, and the others reach hardly a line more.
coverage: $(VENV)/test.ok ## Run the tests, and report what those on SQLite do not reach
	$(call both_databases,$(PY) -m coverage run -m pytest --db sqlite --ignore tests/proof; a=$$?; $(PY) -m pytest --db sqlite tests/proof && (exit $$a))
	@$(PY) -m coverage report --skip-covered --fail-under=95
	@$(PY) -m coverage report --format=total --include='app/policy.py,app/*/rules.py,app/*/*actions.py' --fail-under=100 >/dev/null \
	  || { echo "Rules, actions and policy are covered whole, every branch:"; \
	       $(PY) -m coverage report --skip-covered --include='app/policy.py,app/*/rules.py,app/*/*actions.py'; exit 1; }

format: $(VENV)/test.ok ## Format the code and fix what the linter can fix
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

lock: $(VENV)/uv.ok ## Lock the requirements again (ARGS=--upgrade for newer releases)
	echo uv | $(COMPILE) - -o requirements-uv.lock
	$(BUILD_REQUIRES) | $(COMPILE) pyproject.toml - -o requirements.lock
	$(COMPILE) pyproject.toml --extra test -c requirements.lock -o requirements-test.lock

clean: ## Remove what can be made again (never ./data)
	rm -rf $(VENV) *.egg-info build dist .coverage .postgresql.log htmlcov
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Locks hold versions and hashes for every platform, and no address of an index:
# each machine asks the one it is set up for. setuptools is locked with the rest
# because the service itself is installed without fetching anything more.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS)
BUILD_REQUIRES = $(PY) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'], sep='\n')"

# The whole suite, a database to each core; PostgreSQL's half is shown when SQLite's, which $(1) runs, is through.
# A shell lets what it started in the background ignore Ctrl-C; hence the trap.
define both_databases
	@trap 'kill 0' INT; \
	  $(PY) -m pytest --db postgresql >.postgresql.log 2>&1 </dev/null & \
	  { $(1); }; mine=$$?; wait $$!; other=$$?; cat .postgresql.log; test $$mine$$other = 00
endef

# Stamps are touched last, so an interrupted step is done again, and a lock that
# changed is newer than its stamp. Each step needs the one before it.

$(VENV)/venv.ok:
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -c 'import sys; sys.exit("troika needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

# uv installs a lock several times faster than pip. Where it has no wheel, or does
# not get through (a proxy, an index known to pip alone), pip does the work.
$(VENV)/uv.ok: requirements-uv.lock $(VENV)/venv.ok
	@$(PY) -m pip install --quiet --only-binary :all: --require-hashes -r $< || echo "uv cannot be had here: pip does its work"
	@touch $@

# Cut off half-way, uv and pip leave packages that only look installed. The mark
# `unfinished` survives that, and then the next run starts over with a new .venv.
define install_lock
	@if test -e $(VENV)/unfinished; then \
	  rm -rf $(VENV) && $(MAKE) --no-print-directory $@; \
	else \
	  echo "Installing $<"; touch $(VENV)/unfinished; \
	  { test -x $(UV) && $(UV) pip install --quiet --python $(PY) --require-hashes -r $<; } \
	    || $(PY) -m pip install --quiet --require-hashes -r $<; \
	  status=$$?; rm $(VENV)/unfinished; exit $$status; \
	fi
	@touch $@
endef

$(VENV)/run.ok: requirements.lock $(VENV)/uv.ok
	$(install_lock)

$(VENV)/project.ok: pyproject.toml $(VENV)/run.ok
	@$(PY) -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.ok: requirements-test.lock $(VENV)/project.ok
	$(install_lock)
