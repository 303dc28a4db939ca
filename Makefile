# `make run` and `make test` need nothing but Python 3.11 or newer (and make).
# PORT=8010 make run       another port; ATELIER_DATA=/path make run    another data folder
# make test ARGS="tests/kit -k money"    some of the tests

PYTHON ?= python3
UV = .venv/bin/uv

.PHONY: run install test check fmt lock manage bench clean clean-data

run:
	@exec $(PYTHON) run.py

install:
	@$(PYTHON) run.py install

test:
	@$(PYTHON) run.py test $(ARGS)

check:
	@$(PYTHON) run.py check

# A Django command on the data of `make run`: make manage ARGS="createsuperuser"
manage:
	@$(PYTHON) run.py manage $(ARGS)

bench:
	@$(PYTHON) run.py bench $(ARGS)

fmt:
	.venv/bin/ruff check --fix --quiet .
	.venv/bin/ruff format --quiet .

# After an edit of a requirements*.in or package.json: write the locks anew.
lock:
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements-setup.in -o requirements-setup.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" -c requirements.txt requirements-dev.in -o requirements-dev.txt
	PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --ignore-scripts --no-audit --no-fund

# What was installed and built. Data stays.
clean:
	rm -rf .venv node_modules static/dist staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Also the data of `make run` and `make test`: accounts, files, everything.
clean-data: clean
	rm -rf var
