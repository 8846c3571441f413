# Every target is one command on a fresh checkout: Go and a C compiler are enough. `make` alone lists them.

GO   ?= go
TOOL := $(GO) tool -modfile=.ci/tools.mod

# Where two people can meet: these are tested once more with the race detector, in short, because it is many times slower.
RACE := ./internal/desk/... ./internal/web/... ./internal/pdf/... ./internal/badge/... ./internal/store/...

# The default of ten minutes is too short for a browser on a busy machine.
TEST := $(GO) test -timeout 30m

# How many people `make demo` adds to the named ones, and which benchmarks `make bench` runs: by default those of a town of
# a hundred, which is made in seconds. BENCH=. adds the town of ten thousand, which takes minutes to make.
TRAINEES ?= 300
BENCH    ?= Anchor|Page/.*/100$$|Assess/100$$|Match/100$$|Certificate|Batch/.*/100$$

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench fmt lint format vet tests race words courses peers

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: ## the demo town at http://127.0.0.1:8080, one button a person; Ctrl-C ends it
	$(GO) run ./cmd/tenarai demo

demo: ## the same with TRAINEES=300 more people
	$(GO) run ./cmd/tenarai demo --trainees $(TRAINEES)

test: ## all tests, as quickly as they go
	$(GO) test ./...

check: format lint vet tests race words courses ## all that must pass before a change is taken
	@echo 'check: passed'

bench: ## what pages and deeds cost (docs/performance.md); BENCH=name picks some, BENCH=. runs all
	$(GO) test -timeout 60m -run '^$$' -bench '$(BENCH)' ./cmd/tenarai

fmt: ## formats the Go files
	$(TOOL) gofumpt -w .

lint: ## golangci-lint with the rules of .golangci.yml
	$(TOOL) golangci-lint run ./...

courses: ## every mistake in the course files, by file and line
	$(GO) run ./cmd/tenarai courses check

words: ## every key of the word lists exists, is used, and says the same in each language
	$(TEST) ./internal/i18n/...

peers: ## implementations of others check our credentials; needs node and npm
	cd internal/badge/testdata/peers && npm ci --ignore-scripts --no-audit --no-fund
	TENARAI_TEST_REQUIRE="$(TENARAI_TEST_REQUIRE),peers" $(TEST) -count=1 -run Peers ./internal/badge ./cmd/tenarai

# The parts of check.

format:
	@unformatted="$$($(TOOL) gofumpt -l .)" || exit 1; \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi

vet:
	$(GO) vet ./...

tests:
	$(TEST) ./...

race:
	$(TEST) -race -short $(RACE)
