# Two commands for everyone, `make drill` and `make test`; the rest is for people who change things.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help drill test lint bench simulate sweep fuzz

# One build at a time: cargo uses every core by itself, and the stages are ordered cheapest first.
.NOTPARALLEL:

# In CI nothing is built twice, so what incremental builds keep would only fill the disk.
ifdef CI
export CARGO_INCREMENTAL := 0
endif

# Stages are shown through a pipe; colour stays where a person looks on.
ifneq ($(MAKE_TERMOUT),)
export CARGO_TERM_COLOR ?= always
endif

# Readers through PC/SC are compiled in where its library is; `make test` installs it.
comma := ,
PCSC := $(shell pkg-config --exists libpcsclite 2>/dev/null && echo pcsc)
with_pcsc = $(if $(PCSC),--features $(subst $() ,$(comma),$(1:=/pcsc)))
PROGRAMS := $(call with_pcsc,digiana-node digiana-gateway)
EVERYTHING := $(call with_pcsc,digiana-node digiana-gateway digiana-tests)

DRILL_ARGS ?=

help: ## this list
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

drill: ## rehearse a flood on this machine: real processes, virtual cards (DRILL_ARGS="--headless --minutes 1 --json")
	@$(if $(PCSC),,echo "libpcsclite is not here: readers through PC/SC are left out (apt-get install libpcsclite-dev pkg-config)")
	cargo build --package digiana-node --package digiana-gateway --package digiana-sim $(PROGRAMS)
	target/debug/digiana-sim drill $(DRILL_ARGS)

test: ## every check: format, lints, docs, unit tests, tidy, stories, browser (installs what is missing when root)
	@.ci/stage --begin
	@.ci/stage setup .ci/setup
	@# Made anew, so that what setup has installed is seen.
	@$(MAKE) --no-print-directory stages-lint stages-test
	@.ci/stage --end

lint: ## format, clippy and rustdoc, warnings denied
	@.ci/stage --begin
	@$(MAKE) --no-print-directory stages-lint
	@.ci/stage --end

.PHONY: stages-lint stages-test
stages-lint:
	@.ci/stage format cargo fmt --all --check
	@.ci/stage clippy cargo clippy --workspace --all-targets $(EVERYTHING) -- -D warnings
	@.ci/stage docs env RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps $(EVERYTHING)

stages-test:
	@$(if $(PCSC),,echo "libpcsclite is not here, and the stories at pcscd need it" >&2; exit 2)
	@.ci/stage build cargo build --workspace --bins $(EVERYTHING)
	@.ci/stage unit cargo test --workspace --lib --bins $(EVERYTHING)
	@.ci/stage tidy cargo test --workspace $(EVERYTHING) --test tidy
	@.ci/stage stories cargo test --workspace $(EVERYTHING) --test stories -- --test-threads 4
	@.ci/stage browser cargo test --workspace $(EVERYTHING) --test browser -- --show-output

SIM_ARGS ?= --seeds 10

simulate: ## live through towns in virtual time, each from a seed (SIM_ARGS="--seeds 200 --nodes 30 --days 3")
	cargo build --release --package digiana-sim
	target/release/digiana-sim run $(SIM_ARGS)

SWEEP ?= 100000

sweep: ## cut the power at 100,000 moments of a node's life, and open its store (SWEEP=n for n, SWEEP=1/234/lost/5 for that one)
	DIGIANA_SWEEP=$(SWEEP) cargo test --package digiana-node --lib -- --exact --nocapture \
		store::tests::sweep::whenever_the_power_goes_the_store_opens_with_all_that_was_told

bench: ## the figures, one JSON object a line, also in target/bench.jsonl
	@mkdir -p target
	cargo bench --package digiana-tests --bench '*' | tee target/bench.jsonl

# Coverage is counted by a flag of the stable compiler that .ci/rustc-coverage gives to our packages.
fuzz: ## feed every decoder of foreign bytes for a minute each, going on from last time (FUZZ_SECONDS=600 FUZZ_TARGETS="frame fact")
	RUSTC_WORKSPACE_WRAPPER="$(CURDIR)/.ci/rustc-coverage" cargo build --profile fuzz --package digiana-tests --features libfuzzer --bin fuzz
	target/fuzz/fuzz
