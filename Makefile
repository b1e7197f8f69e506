# What can I do here? `make` alone says it.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help up down status logs clean test fuzz chaos soak bench scale
.SECONDEXPANSION:

# The Node.js that npm installs here comes before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
LOCAL := node --env-file=.env local/main.ts

# Docker where an engine answers, else local mode; MODE=docker or MODE=local says which.
ENGINE = $(shell docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1 && echo docker)
ifeq ($(origin MODE),undefined)
  MODE = $(if $(wildcard .local/*.json),local,$(or $(ENGINE),local))
  CLEAN = $(if $(wildcard .local),clean-local,clean-$(MODE))
else
  CLEAN = clean-$(MODE)
  ifeq ($(filter docker local,$(MODE)),)
    $(error MODE is "$(MODE)"; it takes docker or local)
  endif
endif

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

up: up-$$(MODE) ## start everything, and return when a first whole trace is there

down: down-$$(MODE) ## stop everything; the data stay

status: status-$$(MODE) ## show what runs

logs: logs-$$(MODE) ## show the logs

clean: $$(CLEAN) ## stop everything and remove its data; MODE says of which where both have run

test: node_modules/.package-lock.json ## check types, style and promises (one to two minutes)
	@npm test --silent

fuzz: node_modules/.package-lock.json ## try both services with whatever may come (two to three minutes; needs Python; SEED=7)
	@node lab/fuzz/main.ts

soak: node_modules/.package-lock.json ## write for an hour, and say whether anything grows (Linux; MINUTES=5: five)
	@node lab/soak/main.ts

bench: node_modules/.package-lock.json ## measure what tracing costs (20 minutes; QUICK=1: two)
	@node lab/cost/main.ts

scale: node_modules/.package-lock.json ## measure what load costs each part of the stack in containers (5 minutes)
	@node lab/scale/main.ts

chaos: node_modules/.package-lock.json ## kill, stop and slow each part under load, and count what is lost (10 minutes; FAULT=name: one)
	@MODE=$(MODE) FAULT=$(FAULT) node lab/chaos/main.ts

# --- without Docker

up-local: node_modules/.package-lock.json
	@$(if $(ENGINE),,echo 'no Docker engine answers: starting without')
	@$(LOCAL) up

down-local status-local logs-local clean-local: %-local:
	@if [ -x node_modules/.bin/node ]; then $(LOCAL) $*; else echo 'nothing has run here without Docker'; fi

node_modules/.package-lock.json: package-lock.json
	@local/install.sh

# --- with Docker

up-docker:
	@docker/up.sh

down-docker:
	@docker compose down

status-docker:
	@docker compose ps --all

logs-docker:
	@if [ -t 1 ]; then docker compose logs --tail 100 --follow; else docker compose logs --tail 100; fi

clean-docker:
	@docker compose down --volumes
