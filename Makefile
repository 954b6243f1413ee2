# Two commands, each enough by itself in a fresh clone: `make quickstart` and `make test`. They need Python 3.11 to 3.13 and a package registry.
VENV := .venv
BIN := $(VENV)/bin
SPREAD := --numprocesses=auto --dist=loadfile

.PHONY: quickstart test long lint types published unit docs torture bench gpu clean

quickstart: $(VENV)/run.stamp
	$(BIN)/embexp run experiments/quickstart.py
	$(BIN)/embexp figure runs/quickstart
	$(BIN)/python scripts/agreement.py runs/quickstart results/quickstart

test:
	$(MAKE) --jobs=2 lint types published
	$(MAKE) unit

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp
	$(BIN)/basedpyright

# Whether the published tables, and the numbers in prose, are what their rows give.
published: $(VENV)/dev.stamp
	$(BIN)/python scripts/render.py --check

# A test's time is compiling more than anything else, so XLA is told to do it soonest.
unit: $(VENV)/dev.stamp
	XLA_FLAGS="$$($(BIN)/python tests/xla_flags.py)" $(BIN)/pytest -m "not long and not optimised" $(SPREAD)
	$(BIN)/pytest -m "optimised and not long" $$(grep -l mark.optimised tests/*.py) $(SPREAD)

# The pages as a site in site/, by Sphinx; a dead link, or an example of no language, is an error.
docs: $(VENV)/dev.stamp
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env -c docs . site

# All tests, with those that have a shorter form in `make test`, and programs as users have them.
long: $(VENV)/dev.stamp
	$(BIN)/pytest -m "long or not long" $(SPREAD)

torture: $(VENV)/dev.stamp
	$(BIN)/python scripts/torture --minutes 60

# Beside the peers that are installed: `pip install -e ".[demo,peers]"` brings them.
bench: $(VENV)/dev.stamp
	$(BIN)/python scripts/bench.py

# On a machine with an accelerator, by a Python that has its JAX: `pip install -e ".[dev,cuda]"`.
gpu: PYTHON ?= python3
gpu:
	XLA_PYTHON_CLIENT_PREALLOCATE=false $(PYTHON) -m pytest tests/test_accelerator.py -m "long or not long" --numprocesses=6
	$(PYTHON) benchmarks/training.py --runs 1 8 64 512 --steps 100 --corpus world:words=5000,texts=8000,length=60

$(VENV)/%.stamp: locks/%.txt pyproject.toml scripts/environment.sh
	sh scripts/environment.sh $(VENV) locks/$*.txt
	touch $@

clean:
	rm -rf $(VENV) runs site
