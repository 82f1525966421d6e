# Everything one does with Gatehouse. `make` alone prints the targets.

SHELL := /bin/bash
PYTHON_TOOLS := .venv/.installed
NODE_TOOLS := node_modules/.installed
SDK_TOOLS := .venv-sdk/.installed
RUN := .venv/bin/python -m

export PATH := $(CURDIR)/node_modules/.bin:$(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup servers dev test check format migrate layers package deploy-local local-aws docs endpoints clean move-from-supertokens move-from-stytch

help: ## Print these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-21s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(PYTHON_TOOLS) $(NODE_TOOLS) $(SDK_TOOLS) servers ## Install all that dev, test and package need

dev: $(PYTHON_TOOLS) ## Run Gatehouse on http://127.0.0.1:3000 (PORT=…), restarting on changes
	@$(RUN) infra.local

test: setup ## Run the tests, or some: make test ARGS="tests/store -k session"
	@$(RUN) pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder $(ARGS)

check: $(PYTHON_TOOLS) $(NODE_TOOLS) ## Check format, lint, types, imports and the packaged template
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	lint-imports
	$(RUN) infra.package
	cfn-lint --regions us-east-1 --ignore-checks W3005 --template .serverless/cloudformation-template-*.json

format: $(PYTHON_TOOLS) ## Format the code and repair what lint can
	$(RUN) ruff format .
	$(RUN) ruff check --fix .

migrate: $(PYTHON_TOOLS) ## Bring the database of DATABASE_URL up to date (ARGS=--print only shows the SQL)
	@$(RUN) gatehouse.migrate $(ARGS)

move-from-supertokens: $(PYTHON_TOOLS) ## Look at a SuperTokens database, and move into it: ARGS="--config config.yaml --apply"
	@$(RUN) infra.moving.supertokens $(ARGS)

move-from-stytch: $(PYTHON_TOOLS) ## Look at the people of a Stytch project, and bring them here: ARGS=--apply
	@$(RUN) infra.moving.stytch $(ARGS)

layers: $(PYTHON_TOOLS) ## Build functions, and Lambda layers for arm64 or ARCH=x86_64, into .build
	@$(RUN) infra.build_functions
	@$(RUN) infra.build_layers --arch $(or $(ARCH),arm64)

package: $(PYTHON_TOOLS) $(NODE_TOOLS) ## Package for AWS into .serverless, without deploying
	$(RUN) infra.package

deploy-local: $(PYTHON_TOOLS) $(NODE_TOOLS) ## Deploy to an AWS on this machine, and serve that (ARGS="--stage …")
	@$(RUN) infra.local.aws --deploy $(ARGS)

local-aws: $(PYTHON_TOOLS) $(NODE_TOOLS) ## Run only that AWS, to deploy there with npx serverless
	@$(RUN) infra.local.aws $(ARGS)

docs: $(PYTHON_TOOLS) ## Generate docs/endpoints.md, web/openapi.json and the tables of docs/configuration.md
	$(RUN) infra.docs

endpoints: setup ## Note which tests call each operation of the core, for docs/endpoints.md
	@$(RUN) pytest tests/functions/cdi -k "not mariadb and not postgresql" --quiet --note-endpoints
	$(RUN) infra.docs

clean: ## Remove what set-up, tests and packaging have made; keep the local database
	rm -rf .venv .venv-sdk .venv-sdk-old node_modules .build .serverless .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

servers: $(PYTHON_TOOLS)
	@$(RUN) infra.setup.servers

$(PYTHON_TOOLS): requirements.txt requirements-dev.txt infra/setup/python.sh
	@infra/setup/python.sh
	@touch $@

$(SDK_TOOLS): $(PYTHON_TOOLS) $(wildcard tests/wire/sdks/*/requirements.txt) infra/setup/sdk.sh
	@infra/setup/sdk.sh
	@touch $@

$(NODE_TOOLS): $(PYTHON_TOOLS) $(wildcard package.json package-lock.json) infra/setup/node.py
	@$(RUN) infra.setup.node
	@mkdir -p $(@D) && touch $@
