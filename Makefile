# Every command of the README. What each one does is in scripts/, so that it can be read, checked and run alone.

.DEFAULT_GOAL := help
.PHONY: help run test dev build package lint fuzz bench scaling e2e screenshots

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## get the tools that are missing, build, and serve at http://localhost:8787
	@scripts/run.sh

test: ## get the tools that are missing, and run every test
	@scripts/test.sh

dev: ## the app at http://localhost:8080 and the server behind it, both built anew at every change
	@scripts/dev.sh

build: ## target/release/twofold: the server with the app embedded
	@scripts/tools.sh build
	@scripts/build.sh

package: ## the Debian package of the server
	@scripts/tools.sh build
	@scripts/tools.sh package
	@scripts/build.sh
	@scripts/package.sh

lint: ## formatting, clippy, licences and advisories of the dependencies, and the scripts
	@scripts/lint.sh

fuzz: ## what no input may break, tried with random ones for a minute each (FUZZ_SECONDS=60)
	@scripts/fuzz.sh

bench: ## measurements of the built server
	@scripts/tools.sh build
	@scripts/tools.sh bench
	@scripts/build.sh
	@scripts/bench.sh

scaling: ## how cost grows with users and requests, and the pictures of docs/scaling.md (half an hour)
	@scripts/tools.sh build
	@scripts/tools.sh bench
	@scripts/build.sh
	@scripts/bench.sh scaling

e2e: ## the journeys in a browser alone
	@scripts/tools.sh test
	@scripts/build.sh
	@scripts/e2e.sh --project=browser

screenshots: ## make the README's pictures anew
	@scripts/tools.sh build
	@scripts/build.sh
	@scripts/screenshots.sh
