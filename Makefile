# The commands of the demo: `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -pc
.DEFAULT_GOAL := help
NAME ?=
.PHONY: fault lesson doctor help up down status logs clean test fuzz chaos soak bench instructions scale
.SECONDEXPANSION:

# The Node.js that npm installs here comes before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# What a shell exports for other projects must not change what is run here.
export LC_ALL := C
unexport BASH_ENV ENV CDPATH POSIXLY_CORRECT NODE_OPTIONS NODE_ENV NODE_PATH NODE_USE_ENV_PROXY npm_config_workspace npm_config_workspaces

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

up: ## start everything and wait for the first complete trace (MODE=docker, MODE=local, MODE=kubernetes)
down: ## stop everything; the data stay
status: ## show what is running
logs: ## show the logs
clean: ## stop everything and remove its data, in each mode that has run here
up down status logs clean:
	@MODE='$(MODE)' MODE_ORIGIN='$(origin MODE)' scripts/run-in-mode.sh $@

fault: ## show the faults; NAME=slow-database: switch one on; NAME=off: switch all off
	@MODE='$(MODE)' faults/fault.sh $(or $(NAME),list)

lesson: node_modules/.package-lock.json ## show the lessons; NAME=slow-database: start one; CHECK=1: check whether it is fixed
	@MODE='$(MODE)' NAME='$(NAME)' CHECK='$(CHECK)' scripts/with-settings.sh node lessons/main.ts

doctor: ## check the stack hop by hop; names the first broken one and the command that repairs it
	@MODE='$(MODE)' doctor/doctor.sh

test: node_modules/.package-lock.json ## run type checks, linter and tests (one to two minutes)
	@npm test --silent

fuzz: node_modules/.package-lock.json ## send malformed and random requests to both services (two to three minutes; needs Python; SEED=7)
	@node lab/fuzz/main.ts

soak: node_modules/.package-lock.json ## write for an hour and check whether anything grows (Linux; MINUTES=5: five)
	@node lab/soak/main.ts

bench: node_modules/.package-lock.json ## measure what tracing costs beside other packages (40 minutes; QUICK=1: a few)
	@node lab/cost/main.ts

instructions: node_modules/.package-lock.json ## count the instructions that tracing costs beside other packages (an hour; needs QEMU and a C compiler)
	@node lab/cost/instructions.ts

scale: node_modules/.package-lock.json ## measure what load costs each component in containers (5 minutes)
	@node lab/scale/main.ts

chaos: node_modules/.package-lock.json ## kill, stop and slow down each component under load, and count what is lost (10 minutes; FAULT=name: one)
	@MODE=$(or $(filter docker local,$(MODE)),$(shell docker info >/dev/null 2>&1 && echo docker || echo local)) FAULT=$(FAULT) node lab/chaos/main.ts

node_modules/.package-lock.json: package-lock.json
	@local/install.sh
