# Two commands matter: `make run` and `make test`. Each works alone on a fresh machine.
.DEFAULT_GOAL := help
.PHONY: help run test test-rust test-browser fmt sqlx sqlx-check dev-db clean-data

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## Build the program, start it with a private database and the demonstration company
	@exec tools/run.sh

test: ## Install what is missing and run everything: format, lints, tests, documentation, browser
	@exec tools/test.sh

test-rust: ## The same without the browser
	@exec tools/test.sh rust

test-browser: ## Only the journeys in Chromium
	@exec tools/test.sh browser

fmt: ## Format the source
	@cargo fmt

sqlx: ## Describe the checked queries anew (.sqlx), after a change of SQL or migrations
	@exec tools/prepare-sqlx.sh

sqlx-check: ## Say whether .sqlx is up to date
	@exec tools/prepare-sqlx.sh --check

dev-db: ## Make a developer database from the migrations and print its DATABASE_URL
	@exec tools/dev-db.sh reset

clean-data: ## Remove the private database and all files (./var)
	@exec tools/clean-data.sh
