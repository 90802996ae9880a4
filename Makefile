# The commands of the project. `make test` is what every change passes, and
# `make ci-long` what takes longer; .ci/run calls both.

export CGO_ENABLED = 0
STAGE = .ci/stage
PACKAGES = supervisor python3 python3-apscheduler python3-redis python3-sqlalchemy curl gcc libc6-dev git redis-server postgresql python3-fastapi uvicorn nginx-light fcgiwrap chromium fonts-noto-cjk \
	ruby ruby-xmlrpc librpc-xml-perl libfrontier-rpc-perl mandoc groff-base prometheus-node-exporter ansible $(NPM)
# What only the packages are read back and installed with.
PACKAGING = debootstrap iproute2 rpm systemd
# Debian's npm is wanted only where Node.js comes without one.
NPM = $(if $(shell command -v npm 2>/dev/null),,npm)
PLATFORMS = linux/amd64 linux/arm64 darwin/arm64 freebsd/amd64

.PHONY: build test ci-long deps tools fmt fmt-check vet lint race e2e clients cross compat triggers simulate chaos soak fuzz bench bench-peers dist packages packages-deps clean vulnerabilities

build: ## the binary, bin/watchkeeper
	go build -trimpath -o bin/ ./cmd/watchkeeper

test: ## format, vet, static analysis, tests with the race detector, end to end, clients
	@$(STAGE) --begin 900
	@$(STAGE) deps 300 $(MAKE) -s deps tools
	@$(STAGE) format 10 $(MAKE) -s fmt-check
	@$(STAGE) vet 120 $(MAKE) -s vet
	@$(STAGE) lint 120 $(MAKE) -s lint
	@$(STAGE) race 600 $(MAKE) -s race
	@$(STAGE) e2e 180 $(MAKE) -s e2e
	@$(STAGE) clients 90 $(MAKE) -s clients
	@$(STAGE) --skip compat "but for the clients it is part of make ci-long, as are cross, simulate, chaos, soak, fuzz and the vulnerability scan"
	@$(STAGE) --summary

ci-long: ## other platforms, packages, compatibility with Debian's supervisor and APScheduler, promises of shared stores, soak, fuzzing
	@$(STAGE) --begin 1800
	@$(STAGE) deps 300 $(MAKE) -s deps packages-deps tools
	@$(STAGE) cross 360 $(MAKE) -s cross
	@$(STAGE) packages 600 $(MAKE) -s packages
	@$(STAGE) compat 900 $(MAKE) -s compat
	@$(STAGE) triggers 400 $(MAKE) -s triggers
	@$(STAGE) simulate 300 $(MAKE) -s simulate SEEDS=1000
	@$(STAGE) chaos 500 $(MAKE) -s chaos FOR=60
	@$(STAGE) soak 120 $(MAKE) -s soak
	@$(STAGE) fuzz 600 $(MAKE) -s fuzz
	@$(MAKE) -s vulnerabilities
	@$(STAGE) --summary

deps:
	.ci/install $(PACKAGES)

packages-deps:
	.ci/install $(PACKAGING)

# The tools have a module of their own, so that the product does not depend on them.
tools: .tools/staticcheck .tools/gotestsum .tools/ferretdb
.tools/staticcheck: tools/go.mod
	cd tools && go build -o ../.tools/ honnef.co/go/tools/cmd/staticcheck
.tools/gotestsum: tools/go.mod
	cd tools && go build -o ../.tools/ gotest.tools/gotestsum
.tools/govulncheck: tools/go.mod
	cd tools && go build -o ../.tools/ golang.org/x/vuln/cmd/govulncheck

# nfpm, too, only packages: what it needs is much, and of no use elsewhere.
.tools/nfpm: tools/nfpm/go.mod
	cd tools/nfpm && go build -o ../../.tools/ github.com/goreleaser/nfpm/v2/cmd/nfpm

# FerretDB takes minutes. Tests that are run without FERRETDB build it themselves.
FERRETDB_MODULE = store/mongo/internal/ferretdb
.tools/ferretdb: $(FERRETDB_MODULE)/go.mod $(FERRETDB_MODULE)/go.sum $(FERRETDB_MODULE)/main.go
	cd $(FERRETDB_MODULE) && GOFLAGS= GOWORK=off go build -trimpath -o $(CURDIR)/$@ .
race chaos: export FERRETDB = $(CURDIR)/.tools/ferretdb

fmt:
	gofmt -w $$(git ls-files '*.go')

fmt-check:
	@bad=$$(git ls-files '*.go' | xargs gofmt -l); \
	if [ -n "$$bad" ]; then echo "not formatted (make fmt):"; echo "$$bad"; exit 1; fi

vet:
	go vet ./...

lint: tools
	.tools/staticcheck ./...

# The stores wait for their servers most of the time, so they are first, and more
# packages run at once than there are processors.
RACED = $$(go list ./store/... ./... | awk '!seen[$$0]++' | grep -vE '/(internal/e2e|internal/chaos|compat|packaging)$$')

race: tools
	CGO_ENABLED=1 .ci/tests -race -p 3 $(RACED)

e2e: tools
	.ci/tests -count=1 ./internal/e2e

# With the flags of packaging/build, so that what is compiled here serves it.
cross: export GOFLAGS = -trimpath
cross: ## builds and vets for every platform, the tests as well
	@for platform in $(PLATFORMS); do \
		echo "build $$platform"; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} go build -o /dev/null ./cmd/watchkeeper || exit 1; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} go vet ./... || exit 1; \
	done

# Of the package compat, make test has the clients of other people and the way
# back to Supervisor; the rest is in make ci-long.
CLIENTS = ^Test(Clients|NodeExporter|Ansible|Supervisorctl|Sockets|SlowSenders|RollBack)$$

clients: tools ## other people's clients of Supervisor, against ours and against Debian's
	.ci/tests -count=1 -timeout 20m -run '$(CLIENTS)' ./compat

compat: tools
	.ci/tests -count=1 -timeout 20m -skip '$(CLIENTS)' ./compat

triggers: tools
	APSCHEDULER_TRIGGERS=20000 .ci/tests -count=1 -timeout 20m -run '^TestAgainstAPScheduler$$' ./trigger

# How much of simulate and chaos; ci-long has less.
SEEDS = 50000
FOR = 600

simulate: tools ## many schedulers on one store in virtual time; SEED=n prints one trace, REPLAY=file replays it
ifneq ($(REPLAY),)
	SIMULATION_REPLAY=$(abspath $(REPLAY)) go test -count=1 -v -run '^TestReplay$$' ./internal/simulation
else ifneq ($(SEED),)
	SIMULATION_SEED=$(SEED) SIMULATION_COUNT=1 go test -count=1 -v -run '^TestPromises$$' ./internal/simulation
else
	SIMULATION_COUNT=$(SEEDS) .ci/tests -count=1 -timeout 60m -run '^TestPromises$$' ./internal/simulation
endif

chaos: tools ## many schedulers on one store, killed, stopped and cut off
	CHAOS_SECONDS=$(FOR) .ci/tests -count=1 -timeout 60m ./internal/chaos
	CHAOS_SECONDS=$(FOR) .ci/tests -count=1 -timeout 60m -run 'TestTwoDaemons|TestPythonClient' ./internal/e2e

# How long a daemon is disturbed, and then attacked.
LASTING = 30s

soak: tools ## one daemon, disturbed and then attacked; no line lost, nobody else disturbed
	SOAK=$(LASTING) SIEGE=$(LASTING) .ci/tests -count=1 -timeout 3h -run '^Test(Soak|Siege)$$' ./internal/e2e

fuzz:
	.ci/fuzz 10

# The vulnerability database is not reachable everywhere: that is said, not failed.
vulnerabilities: .tools/govulncheck
	@if .tools/govulncheck ./... >.vulnerabilities 2>&1; then \
		$(STAGE) --skip vulncheck "(it ran and found nothing)"; \
	elif grep -q 'Vulnerability #' .vulnerabilities; then \
		cat .vulnerabilities; exit 1; \
	else \
		$(STAGE) --skip vulncheck "$$(tail -n 1 .vulnerabilities)"; \
	fi

bench: ## the Go benchmarks of the hot paths
	go test -run '^$$' -bench . -benchmem ./...

bench-peers: ## ours beside the peers that are installed: the tables of docs/performance.md
	bench/peers

dist: .tools/nfpm ## releases, dist/: archives for every platform, and for Linux a deb and an rpm
	PLATFORMS="$(PLATFORMS)" packaging/build dist

packages: tools .tools/nfpm ## the packages read back, built twice, and installed into a Debian of their own
	.ci/tests -count=1 -timeout 30m ./packaging

clean:
	rm -rf bin dist .tools .stages .vulnerabilities
