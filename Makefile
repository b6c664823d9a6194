# Every target does its own set-up on a fresh Debian 12 machine. Programs land in build/release/bin.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup configure build programs run test check-format check-protos lint accuracy bench \
        bench-full scale crash fuzz format release-protos clean

PRESET ?= release
BUILD := build/$(PRESET)
BIN := $(BUILD)/bin
PROGRAMS := loopdockd loopdock loopdock-vision loopdock-camera
JOBS ?= $(shell nproc)
# What `make run` demonstrates and `make accuracy` measures; see their help lines.
DATA ?=
ARGS ?=
FUZZ_SECONDS ?= 60

# One cache serves every clone of the project: paths are hashed relative to the clone. The
# sloppiness is what precompiled headers need.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime
export CCACHE_MAXSIZE ?= 5G

BUF = $(firstword $(wildcard node_modules/@bufbuild/buf-linux-*/bin/buf))
SOURCES = git ls-files --cached --others --exclude-standard -- '*.h' '*.cc'

help: ## Show this help
	@echo "Loopdock. Usage: make TARGET [PRESET=release] [DATA=folder] [ARGS=...]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 18

setup: ## Install what is missing (Debian and npm packages); silent when nothing is
	@deploy/setup.sh

configure: setup
	@[ -f $(BUILD)/build.ninja ] || cmake --preset $(PRESET) >/dev/null

build: configure ## Build everything into build/release
	@cmake --build $(BUILD) -j $(JOBS)

programs: configure
	@cmake --build $(BUILD) -j $(JOBS) --target $(PROGRAMS)

run: programs ## Take the demonstration pallet the whole way and serve (ARGS=--once, DATA=folder)
	@$(BIN)/loopdock demo $(if $(DATA),--data "$(DATA)") $(ARGS)

test: ## Every check: build, format, protos, unit, contract, integration and end-to-end tests
	@tests/tools/run_tests.sh $(PRESET) $(JOBS)

check-format: setup
	@$(SOURCES) | xargs clang-format --dry-run -Werror

check-protos: setup
	@$(BUF) lint
	@$(BUF) breaking --against protos/released.binpb

lint: setup ## clang-tidy over every source of ours, then the format and the protos
	@[ -f build/lint/build.ninja ] || cmake --preset lint >/dev/null
	@node tests/tools/run_lint.mjs build/lint $(JOBS)
	@$(MAKE) --no-print-directory check-format check-protos

accuracy: configure ## Measure reading, grading and label rules over DATA against the kept budgets
	@[ -d "$(DATA)" ] || { echo "make accuracy: say where the pictures are: DATA=folder" >&2; exit 2; }
	@cmake --build $(BUILD) -j $(JOBS) --target $(PROGRAMS) loopdock-accuracy gs1-vectors
	@tests/accuracy/run.sh $(BIN) "$(DATA)"

bench: configure ## Measure speed against baselines in the same run; writes build/bench.json
	@cmake --build $(BUILD) -j $(JOBS) --target $(PROGRAMS) loopdock-bench
	@$(BIN)/loopdock-bench --out build/bench.json $(if $(DATA),--data "$(DATA)") $(ARGS)

bench-full: configure ## The same with what takes longer
	@cmake --build $(BUILD) -j $(JOBS) --target $(PROGRAMS) loopdock-bench
	@$(BIN)/loopdock-bench --full --out build/bench.json $(if $(DATA),--data "$(DATA)") $(ARGS)

crash: configure ## Kill the server 1,000 times under load, then fail every call of the disk
	@cmake --build $(BUILD) -j $(JOBS) --target $(PROGRAMS) loopdock-crash io_fault_test bit_flip_test
	@$(BIN)/loopdock-crash --kills=1000 $(ARGS)
	@LOOPDOCK_CRASH_FULL=1 $(BIN)/io_fault_test --gtest_brief=1
	@$(BIN)/bit_flip_test --gtest_brief=1

scale: configure ## Measure stores of many assets; the table of docs/internals/scale.md (ASSETS="1000 100000")
	@cmake --build $(BUILD) -j $(JOBS) --target loopdockd loopdock-scale
	@$(BIN)/loopdock-scale --dir $(BUILD)/scale --assets $(if $(ASSETS),$(ASSETS),1000 100000 1000000)

fuzz: setup ## Every fuzz target for FUZZ_SECONDS=60 with clang and libFuzzer
	@[ -f build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null
	@cmake --build build/fuzz -j $(JOBS) --target fuzz_targets
	@tests/fuzz/run.sh build/fuzz/bin $(FUZZ_SECONDS)

format: setup ## Format every C++ source in place
	@$(SOURCES) | xargs clang-format -i

release-protos: setup ## Replace protos/released.binpb; needs a CHANGELOG entry
	@$(BUF) build --exclude-source-info -o protos/released.binpb

clean: ## Remove what was built; ./data and node_modules stay
	@rm -rf build
