# anju (安居答): every task a developer or an operator needs. `make help` lists them.
# uv lives in its own small environment, so that nothing has to be installed on the machine but Python.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000
QUESTIONS ?=
EXAMPLES ?= 500
# Where a backup goes, or comes from: `make backup`, `make restore FOLDER=backups/…`.
FOLDER ?=
PYTHON ?= python3
UV_VERSION := 0.13.9
PIP_AUDIT_VERSION := 2.10.1

TOOLS := .tools
UV := $(CURDIR)/$(TOOLS)/bin/uv
PY := .venv/bin/python
BOT_PY := bot/.venv/bin/python
# Chinese output must not depend on the shell's locale.
export PYTHONUTF8 := 1
export PYTHONDONTWRITEBYTECODE := 1
unexport VIRTUAL_ENV

.PHONY: help install train run test test-unit test-bot test-stack check knowledge-report rules-docs knowledge-reload backup restore retention evaluate openapi fuzz bench bench-rules audit format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 24

install: .venv/.synced bot/.venv/.synced ## set up both environments (about 2 minutes, 3.3 GB, the first time)

$(UV):
	@echo "==> setting up uv in $(TOOLS)/"
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

.venv/.synced: pyproject.toml uv.lock .python-version | $(UV)
	@echo "==> setting up services and actions (Python 3.12)"
	@$(UV) sync --frozen
	@touch $@

bot/.venv/.synced: bot/pyproject.toml bot/uv.lock bot/.python-version | $(UV)
	@echo "==> setting up the Rasa box (Python 3.10); this is the large one"
	@$(UV) --directory bot sync --frozen
	@touch $@

train: install ## train the dialogue model if anything it learns from has changed (FORCE=1: always)
	@$(PY) -m launch train $(if $(FORCE),--force)

run: train ## start everything and print where to open it (PORT=8000)
	@PORT=$(PORT) $(PY) -m launch run

test: test-unit test-bot test-stack ## all tests, the real processes and the browser included

test-unit: install ## core, registry, services and actions
	@$(PY) -m pytest tests/core tests/registry tests/services tests/actions tests/launch

test-bot: train ## the Rasa box: components, channel, stories
	@cd bot && .venv/bin/python -m pytest -c pytest.ini ../tests/bot
	@$(PY) -m launch stories

test-stack: train ## the real processes together, and chromium
	@$(PY) -m pytest tests/browser tests/stack

check: install ## lint, format, types, and every content file
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@$(PY) -m core.content check

knowledge-report: install ## write docs/knowledge.md from the content
	@$(PY) -m core.content report

rules-docs: install ## write docs/rules/ from the tables and points schemes, for people who keep the rules
	@$(PY) -m core.rules docs

knowledge-reload: install ## make the running copy (PORT) answer from the files as they are now
	@PORT=$(PORT) $(PY) -m services knowledge-reload

openapi: install ## write docs/public.openapi.json, for who embeds the chat
	@$(PY) -m services openapi

fuzz: install ## send the HTTP APIs what their documents allow and forbid (EXAMPLES=500 for each operation)
	@FUZZ_EXAMPLES=$(EXAMPLES) $(PY) -m pytest tests/services/test_fuzz.py

backup: install ## copy all that must not be lost while it runs (FOLDER=..., by default backups/DAY-TIME)
	@PORT=$(PORT) $(PY) -m services backup "$(or $(FOLDER),backups/$(shell date +%Y%m%d-%H%M%S))"

restore: install ## put a backup back while nothing runs (FOLDER=..., REPLACE=1 where there is data already)
	@test -n "$(FOLDER)" || { echo "要恢复哪一份？写成 make restore FOLDER=backups/…" >&2; exit 2; }
	@PORT=$(PORT) $(PY) -m services restore "$(FOLDER)" $(if $(REPLACE),--replace)

retention: install ## delete conversations nobody came back to now (DAYS=..., by default RETENTION_DAYS)
	@PORT=$(PORT) $(PY) -m services retention $(if $(DAYS),--days $(DAYS))

evaluate: install ## measure understanding on labelled questions (QUESTIONS="a.jsonl b.jsonl")
	@$(PY) -m tests.evaluate $(QUESTIONS)

bench: train ## 8 residents against the real processes: latency, growth over 205 turns, memory
	@$(PY) -m tests.bench

bench-rules: install ## how many cases the rules decide in a second, in core and over the internal API
	@$(PY) -m tests.bench_rules

audit: $(UV) ## hold both locks against published advisories (needs the internet; docs/dependencies.md)
	@mkdir -p var/audit
	@$(UV) export --frozen --no-hashes --no-emit-project --all-groups --quiet --output-file var/audit/services.txt
	@$(UV) --directory bot export --frozen --no-hashes --no-emit-project --all-groups --quiet --output-file ../var/audit/bot.txt
	@failed=; for box in services bot; do \
	  echo "==> $$box"; \
	  $(UV) tool run --quiet pip-audit==$(PIP_AUDIT_VERSION) --strict --no-deps --disable-pip --progress-spinner off \
	    --requirement var/audit/$$box.txt || failed=1; \
	done; \
	if [ -n "$$failed" ]; then echo "有漏洞，或者没有查成（上面写了是哪一种）。逐条对照 docs/dependencies.md。" >&2; exit 1; fi

format: install ## let ruff mend what it can
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

clean: ## remove environments, models and run-time files
	rm -rf .venv bot/.venv $(TOOLS) var models/*.tar.gz models/*.json
