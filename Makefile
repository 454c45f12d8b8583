# Every verb is a line or two; `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup run up down clean test lint bench

help:
	@echo "make run    the year 2024 through Airflow, then published against computed figures"
	@echo "make up     keep PostgreSQL and Airflow running until Ctrl-C;  make down  after a crash"
	@echo "make clean  forget all state;  make test | lint | bench;  make setup  the environment only"
	@echo "PYTHON=python3.13 chooses the interpreter (3.11 to 3.13) when the environment is made"

setup: $(READY)

run: $(READY)
	@$(BIN)/python -m lachan run

up down clean: $(READY)
	@$(BIN)/python -m lachan $@

test: $(READY)
	@$(BIN)/python -m pytest --numprocesses 2

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models docs/queries plugins/lachan
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: $(READY) .venv-bench/ready
	@$(BIN)/python -m bench

# A peer that the bench compares with, in an environment of its own.
.venv-bench/ready: requirements-bench.txt | $(READY)
	@echo "making the environment of the bench's peer from requirements-bench.txt ..."
	@"$(PYTHON)" -m venv --clear .venv-bench
	@$(BIN)/uv pip install --quiet --python .venv-bench --compile-bytecode --require-hashes -r requirements-bench.txt \
		|| .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.txt
	@touch $@

# The lock is whole, so pip resolves nothing: of packages with extras it would ask for pins that no lock can give.
# uv installs in seconds but does not read pip's settings (a mirror, say); where it fails, pip does it in minutes.
# The path entry is relative, so the checkout may be moved, and may lie anywhere.
$(READY): requirements.txt requirements-uv.txt
	@"$(PYTHON)" -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit("Lá Chắn needs Python 3.11, 3.12 or 3.13; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@echo "making the environment from requirements.txt ..."
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt \
		&& $(BIN)/uv pip install --quiet --python .venv --compile-bytecode --require-hashes -r requirements.txt \
		|| { echo "uv could not; installing with pip (some minutes) ..."; \
		     $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt; }
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "lachan.pth").write_text("../../../../plugins\n")'
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m lachan "$$@"\n' > $(BIN)/lachan && chmod +x $(BIN)/lachan
	@touch $@
