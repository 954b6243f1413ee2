# Two commands, each enough by itself in a fresh clone: `make quickstart` and `make test`. They need Python 3.11 to 3.13 and a package registry.
VENV := .venv
BIN := $(VENV)/bin

.PHONY: quickstart test lint types unit torture clean

quickstart: $(VENV)/run.stamp
	$(BIN)/embexp run experiments/quickstart.py
	$(BIN)/embexp figure runs/quickstart
	$(BIN)/python scripts/agreement.py runs/quickstart results/quickstart

test: lint types unit

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python scripts/render.py --check

types: $(VENV)/dev.stamp
	$(BIN)/basedpyright

unit: $(VENV)/dev.stamp
	$(BIN)/pytest --numprocesses=auto --dist=worksteal

torture: $(VENV)/dev.stamp
	$(BIN)/python scripts/torture --minutes 60

$(VENV)/%.stamp: locks/%.txt pyproject.toml scripts/environment.sh
	sh scripts/environment.sh $(VENV) locks/$*.txt
	touch $@

clean:
	rm -rf $(VENV) runs
