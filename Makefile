# One-command use. Needs Python 3.11 or newer; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help demo test lab lint bench proofs lock clean
.DELETE_ON_ERROR:

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "salesfact needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is missing (on Debian or Ubuntu: apt install python3-venv)"; exit 1; }

# each stamp: the package (editable) with what that use needs, every version from the lock
$(VENV)/.demo: $(BIN)/python $(LOCK)
	@echo "Installing salesfact into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/.test: $(BIN)/python $(LOCK)
	@echo "Installing salesfact and its test tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[dev,postgres]"
	@touch $@

$(VENV)/.lab: $(BIN)/python $(LOCK)
	@echo "Installing JupyterLab into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e ".[lab]"
	@touch $@

demo: $(VENV)/.demo ## Build the demo client and its report, and print where it is
	@$(BIN)/salesfact demo

# with bytecode: else each of some thirty processes compiles the package anew, and three all tests
test: $(VENV)/.test ## Run every test
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal

lab: $(VENV)/.lab ## Open JupyterLab on the notebooks with the demo client
	@$(BIN)/salesfact lab

lint: $(VENV)/.test ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright

bench: $(VENV)/.test ## Measure speed: ratios against a baseline in the same run
	@$(BIN)/python -m tests.bench

proofs: $(VENV)/.test ## Run the many-seed simulations behind the statistics (FULL=1: the full form)
	@$(BIN)/python -m tests.proofs $(if $(FULL),--full,)

lock: $(VENV)/.test ## Pin every dependency anew
	@$(BIN)/uv pip compile --quiet --upgrade --universal --all-extras --no-header --no-annotate \
	  --python-version 3.11 pyproject.toml -o requirements.lock

clean: ## Remove the virtual environment and what tools left behind
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
