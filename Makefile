# What can I do here? `make` alone says it.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help up down status logs clean test

# The Node.js that npm installs here comes before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
LOCAL := node --env-file=.env local/main.ts

# Docker where an engine answers, else local mode; MODE=docker or MODE=local says which.
ENGINE = $(shell docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1 && echo docker)
ifeq ($(origin MODE),undefined)
  MODE = $(if $(wildcard .local/*.json),local,$(or $(ENGINE),local))
  CLEAN = $(if $(wildcard .local),clean-local) $(if $(ENGINE),clean-docker)
else
  CLEAN = clean-$(MODE)
endif

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

up: ## start everything, and return when a first whole trace is there
	@$(MAKE) --no-print-directory up-$(MODE)

down: ## stop everything; the data stay
	@$(MAKE) --no-print-directory down-$(MODE)

status: ## show what runs
	@$(MAKE) --no-print-directory status-$(MODE)

logs: ## show the logs
	@$(MAKE) --no-print-directory logs-$(MODE)

clean: ## stop everything and remove its data
	@$(MAKE) --no-print-directory $(CLEAN)

test: node_modules/.package-lock.json ## check types, style and promises (about a minute)
	@npm test --silent

up-local: node_modules/.package-lock.json
	@$(LOCAL) up

down-local status-local logs-local clean-local: %-local: node_modules/.package-lock.json
	@$(LOCAL) $*

node_modules/.package-lock.json: package-lock.json
	@local/install.sh
