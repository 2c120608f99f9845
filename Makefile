# Herald: `make demo` to look, `make test` to check, `make bench` to measure, `make nightly` for the long campaigns.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo test check bench nightly constraints clean

demo: $(STAMP)
	$(BIN)/herald demo

test: $(STAMP) check
	$(BIN)/python -m pytest -q -n auto -m "not nightly"

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/python -m benchmarks

nightly: $(STAMP)
	$(BIN)/python -m pytest -q -m nightly

constraints: $(STAMP)
	$(BIN)/pip install -q pip-tools
	$(BIN)/pip-compile -q --all-extras --allow-unsafe --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o constraints.txt pyproject.toml

$(STAMP): pyproject.toml constraints.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
