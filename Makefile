# Herald: `make demo` to look, `make test` to check, `make bench` to measure, `make nightly` for the long campaigns.
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
RUN     := $(VENV)/.runs
TEST    := $(VENV)/.tests
PIP     := $(BIN)/python -m pip install -q --disable-pip-version-check
COMPILE := $(BIN)/pip-compile -q --allow-unsafe --generate-hashes --strip-extras --no-header \
           --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: demo test check bench nightly constraints clean

demo: $(RUN)
	$(BIN)/herald demo

test: $(TEST) check
	$(BIN)/python -m pytest -q -n auto -m "not nightly"

check: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(TEST)
	$(BIN)/python -m benchmarks

nightly: $(TEST)
	$(BIN)/python -m pytest -q -m nightly

constraints: $(TEST)
	$(BIN)/python -m pip install -q pip-tools
	$(COMPILE) --extra build -o constraints.txt pyproject.toml
	$(COMPILE) --extra build --extra test -c constraints.txt -o constraints-test.txt pyproject.toml

# What runs Herald, pinned with hashes; nothing else has to be there first.
$(RUN): pyproject.toml constraints.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r constraints.txt
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

# The same, and what checks it.
$(TEST): $(RUN) constraints-test.txt
	$(PIP) --require-hashes -r constraints-test.txt
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
