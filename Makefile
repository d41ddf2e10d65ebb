# The commands of EventZombie. Everything they make lies in .venv/ and .data/.
PYTHON ?= python3
BIN := .venv/bin
# Where the shell forbids compiled files every process compiles all it imports, and starts three times as slowly.
export PYTHONDONTWRITEBYTECODE :=
# Three on two cores: much of a test is waiting for processes to start and streams to end.
PYTEST_ARGS ?= -n 3 --no-loadscope-reorder
.DEFAULT_GOAL := help
.PHONY: help run stop test lint format bench bench-embedding evaluate fuzz schemas clean install install-dev

help: ## Say what each command does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-16s %s\n", $$1, $$2}'

run: install ## Install, load places and sample events, start everything; Ctrl-C stops it
	@$(BIN)/python -m config.runner

stop: ## Stop what runs, or what a crash left running
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m config.runner stop; else echo "Nothing is installed, so nothing runs."; fi

test: install-dev ## Install and run every test (PYTEST_ARGS="-k dates" picks some)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: install-dev ## Style, types, import contracts, missing migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports
	@DJANGO_SETTINGS_MODULE=config.test_settings $(BIN)/python manage.py makemigrations --check --dry-run

format: install-dev ## Format the code and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: install-dev ## Import rate, retrieval time, time to the first byte of a chat
	@$(BIN)/python -m bench

bench-embedding: install-dev ## Requests per second and latency of the embedding service
	@$(BIN)/python -m bench.embedding

evaluate: install-dev ## How well it ranks judged questions; fails where it got worse than the committed table
	@$(BIN)/python manage.py evaluate --check tests/golden/evaluation_table.json

fuzz: install-dev ## Every property test with many more examples
	@$(BIN)/python -m pytest -p config.fuzzing --hypothesis-profile=fuzz -m hypothesis $(PYTEST_ARGS)

schemas: install-dev ## Write docs/openapi/ anew, after a change of the API
	@$(BIN)/python manage.py spectacular --format openapi-json --file docs/openapi/rest.json
	@$(BIN)/python -m chat_service.schema_files

clean: stop ## Stop everything and remove the data, the caches and the virtual environment
	@if [ -f .data/postgres/home ]; then rm -rf "$$(cat .data/postgres/home)"; fi
	@rm -rf .data .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

install:
	@$(PYTHON) -m config.install run

install-dev:
	@$(PYTHON) -m config.install dev
