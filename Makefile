# The commands of the demo: `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -pc
.DEFAULT_GOAL := help
NAME ?=
.PHONY: fault lesson doctor help up down status logs clean test fuzz chaos soak bench instructions scale
.SECONDEXPANSION:

# The Node.js that npm has installed here takes precedence over the machine's.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# Variables exported for other projects must not change what runs here.
export LC_ALL := C
unexport BASH_ENV ENV CDPATH POSIXLY_CORRECT NODE_OPTIONS NODE_ENV NODE_PATH NODE_USE_ENV_PROXY npm_config_workspace npm_config_workspaces

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

up: ## start everything and wait for the first complete trace (MODE=docker, MODE=local, MODE=kubernetes)
down: ## stop everything; the data remain
status: ## show what is running
logs: ## show the logs
clean: ## stop everything and remove its data, in each mode that has run here
up down status logs clean:
	@MODE='$(MODE)' MODE_ORIGIN='$(origin MODE)' scripts/run-in-mode.sh $@

fault: ## show the faults; NAME=slow-database: switch one on; NAME=off: switch all off
	@MODE='$(MODE)' faults/fault.sh $(or $(NAME),list)

lesson: node_modules/.package-lock.json ## show the lessons; NAME=slow-database: start one; CHECK=1: check whether it is fixed
	@MODE='$(MODE)' NAME='$(NAME)' CHECK='$(CHECK)' scripts/with-settings.sh node lessons/main.ts

doctor: ## check the stack hop by hop; name the first broken hop and the command that repairs it
	@MODE='$(MODE)' doctor/doctor.sh

test: node_modules/.package-lock.json ## run type checks, linter and tests (one to two minutes)
	@npm test --silent

fuzz: node_modules/.package-lock.json ## send malformed and random requests to both services (2 to 3 minutes; needs Python; SEED=7 repeats a run)
	@node lab/fuzz/main.ts

soak: node_modules/.package-lock.json ## write for an hour, and check that memory, open files and connections do not grow (Linux; MINUTES=5: for 5 minutes)
	@node lab/soak/main.ts

bench: node_modules/.package-lock.json ## compare the CPU time that tracing costs with that of other packages (over an hour; QUICK=1: a few minutes)
	@node lab/cost/main.ts

instructions: node_modules/.package-lock.json ## compare the number of instructions that tracing costs with that of other packages (over an hour; needs QEMU and a C compiler)
	@node lab/cost/instructions.ts

scale: node_modules/.package-lock.json ## measure the CPU, memory and disk that each component uses under load, in containers (5 minutes)
	@node lab/scale/main.ts

chaos: node_modules/.package-lock.json ## kill, stop and slow down each component under load, and count lost writes and telemetry (10 minutes; FAULT=name: only that fault)
	@MODE=$(or $(filter docker local,$(MODE)),$(shell docker info >/dev/null 2>&1 && echo docker || echo local)) FAULT=$(FAULT) node lab/chaos/main.ts

node_modules/.package-lock.json: package-lock.json
	@local/install.sh
