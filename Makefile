# `make` without a target prints the list of targets.
PYTHON ?= python3
SEED ?= 138
KILLS ?= 200
BIN := .venv/bin
READY := .venv/ready
LOCKS := -r requirements.txt -r requirements-test.txt
EXAMPLES ?= 200
SECONDS ?= 3600
YEARS ?= 10

unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup run up down clean test attack proofs upgrade workers citus soak chaos fuzz lint audit outdated bench housekeeping

help:
	@echo "make help   list all targets (default)"
	@echo "make setup  create the Python environment in .venv, as every other target does when it is missing"
	@echo "make run    run the year 2024 through Airflow, then compare the published with the computed figures"
	@echo "make up     start PostgreSQL, Airflow and the board, and keep them running until Ctrl-C"
	@echo "make down   stop the processes that an interrupted run or up left running"
	@echo "make clean  stop everything and delete all state: data, secrets, logs"
	@echo "make test   run the tests"
	@echo "make attack try with real logins to read and change what they may not, and look for thousands of planted identities"
	@echo "make proofs run the tests that take too long for make test (a few minutes)"
	@echo "make upgrade FROM=REF   upgrade a home that an earlier release has filled, compare it, and take it back from a backup"
	@echo "make workers  a week over two workers by Celery and by Edge, one of them killed (some minutes; needs redis-server)"
	@echo "make citus  a city on a coordinator and two workers of Citus beside one server (LACHAN_CITUS_BIN=programs of a PostgreSQL with it)"
	@echo "make soak   run the tests of order on many random histories (EXAMPLES=200, about 2 s each)"
	@echo "make chaos  kill every step at KILLS random points drawn from SEED, and more faults (about an hour)"
	@echo "make fuzz   write and damage files of every contract for SECONDS (3600), from SEED on"
	@echo "make lint   check style, types, import directions, SQL and the compose files"
	@echo "make audit  look for known vulnerabilities and unwanted licences, and write the bill of materials"
	@echo "make outdated   list newer releases of the packages that we ask for"
	@echo "make housekeeping  let YEARS (10) years pass with housekeeping each week; print how large everything is then"
	@echo "make bench  measure the speed relative to COPY, pandas and dlt, and ten years of history (30 minutes)"
	@echo ""
	@echo "PYTHON=python3.13 selects the interpreter (3.11 to 3.13) when the environment is created"

setup: $(READY)

run: $(READY)
	@$(BIN)/python -m lachan run

up down clean: $(READY)
	@$(BIN)/python -m lachan $@

test: $(READY)
	@$(BIN)/python -m pytest --numprocesses 2

attack: $(READY)
	@LACHAN_ATTACK_WHOLE=1 $(BIN)/python -m pytest --numprocesses 2 tests/attack

proofs: $(READY)
	@LACHAN_PROOFS=1 $(BIN)/python -m pytest --numprocesses 2 -m proof

upgrade: $(READY)
	@test -n "$(FROM)" || { echo "name the earlier release: make upgrade FROM=v0.1.0, or a commit" >&2; exit 2; }
	@$(BIN)/python tests/upgrade/whole_home.py $(FROM)

workers: $(READY) .venv-workers/ready
	@LACHAN_PROOFS=1 .venv-workers/bin/python -m pytest tests/workers

citus: $(READY)
	@test -n "$(LACHAN_CITUS_BIN)" || { echo "set LACHAN_CITUS_BIN to the folder of the programs of a PostgreSQL 18 with Citus" >&2; exit 1; }
	@LACHAN_PROOFS=1 $(BIN)/python -m pytest tests/citus

soak: $(READY)
	@LACHAN_SOAK_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest --numprocesses 2 tests/truth/test_any_order.py

chaos: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m chaos --seed $(SEED) --kills $(KILLS)

fuzz: $(READY)
	@$(BIN)/python tests/standard/fuzz.py --seconds $(SECONDS) --seed $(SEED)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models docs/queries plugins/lachan
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.production.yml deploy/*/compose.yml

# Licences of everything that is installed, the bill of what is in the image, vulnerabilities of all locks that run. --strict: a
# package that could not be looked up is a failure, not a good answer.
audit: $(READY) .venv-audit/ready
	@.venv-audit/bin/pip-licenses --python $(BIN)/python >/dev/null \
		&& echo "licences: every one is in the list of pyproject.toml"
	@.venv-audit/bin/python -W ignore -m cyclonedx_py requirements requirements.txt --pyproject pyproject.toml \
		--output-reproducible --output-file bill-of-materials.json \
		&& echo "bill of materials: bill-of-materials.json (CycloneDX)"
	@.venv-audit/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
		$(if $(ADVISORIES),--vulnerability-service $(ADVISORIES)) $(LOCKS) -r requirements-workers.txt \
		|| { echo "vulnerabilities: found some, or could not look them up (see above); ADVISORIES=osv asks another service" >&2; exit 1; }

outdated: $(READY)
	@$(BIN)/uv pip list --outdated --python $(BIN)/python | grep -iE \
		"^(Package|-+|$$(sed -nE 's/^([A-Za-z][A-Za-z0-9._-]*).*/\1/p' requirements.in requirements-test.in | paste -sd '|')) "

bench: $(READY) .venv-bench/ready
	@$(BIN)/python -m bench

housekeeping: $(READY)
	@$(BIN)/python -m bench.housekeeping --years $(YEARS)

# Separate environments: for dlt, one of the tools with which the bench compares, and for the tools of the audit.
.venv-bench/ready .venv-audit/ready: .venv-%/ready: requirements-%.txt | $(READY)
	@echo "making .venv-$* from requirements-$*.txt ..."
	@"$(PYTHON)" -m venv --clear .venv-$*
	@$(BIN)/uv pip install --quiet --python .venv-$* --compile-bytecode --require-hashes -r requirements-$*.txt \
		|| .venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-$*.txt
	@touch $@

# Workers beside the scheduler: the packages of requirements-workers.txt on top of those of .venv, which a .pth file adds.
.venv-workers/ready: requirements-workers.txt | $(READY)
	@echo "making the environment of the workers from requirements-workers.txt ..."
	@$(BIN)/python -m venv --clear .venv-workers
	@$(BIN)/uv pip install --quiet --python .venv-workers --compile-bytecode --no-deps --require-hashes -r requirements-workers.txt \
		|| .venv-workers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-workers.txt
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib").replace("/.venv/", "/.venv-workers/"), "base.pth").write_text("import site; site.addsitedir(" + repr(sysconfig.get_path("purelib")) + ")\n")'
	@touch $@

# requirements.txt is what the platform needs, and all that is in the image; requirements-test.txt adds tests and lint.
# Together they pin every package, so pip is run with --no-deps: resolving with hashes, it would reject the
# requirements of packages with extras, which the lock cannot pin.
# uv installs within seconds but does not read pip's configuration, such as a mirror. If uv fails, pip installs instead,
# which takes minutes.
# lachan.pth holds a relative path, so the checkout can be moved.
$(READY): requirements.txt requirements-test.txt requirements-uv.txt
	@"$(PYTHON)" -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit("Lá Chắn needs Python 3.11, 3.12 or 3.13; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@echo "making the environment from requirements.txt and requirements-test.txt ..."
	@"$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt \
		&& $(BIN)/uv pip install --quiet --python .venv --compile-bytecode --require-hashes $(LOCKS) \
		|| { echo "uv could not; installing with pip (some minutes) ..."; \
		     $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes $(LOCKS); }
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "lachan.pth").write_text("../../../../plugins\n")'
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m lachan "$$@"\n' > $(BIN)/lachan && chmod +x $(BIN)/lachan
	@touch $@
