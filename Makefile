# Every target runs on Node 24 from node_modules, whatever the system has. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

MOCHA := node node_modules/mocha/bin/mocha.js
IMAGE ?= stratos/operator:dev
TRAINER_IMAGE ?= stratos/trainer:dev
DEMO ?= mahjong
RESULTS ?=
# Only when it stands on make's own command line: a KUBECONFIG of the shell is somebody's cluster.
DEMO_CLUSTER := $(if $(filter command,$(firstword $(origin KUBECONFIG))),$(abspath $(KUBECONFIG)))
CONTAINER_ENGINE ?= $(shell command -v docker || command -v podman)

.PHONY: help
help: ## Show this help.
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer with npm" >&2; exit 1; }
	@# Not `npm ci`: it refuses a lock file made where a registry lacks the binaries of other platforms.
	npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: deps
deps: node_modules/.package-lock.json ## Install the npm packages.

.PHONY: build
build: deps ## Compile src/ to dist/.
	rm -rf dist && tsc -p tsconfig.build.json

.PHONY: fmt
fmt: deps ## Format the TypeScript and the Python.
	biome format --write --log-level=warn .
	node test/tools/python/ruff.ts format

.PHONY: lint
lint: deps ## Format check, type-aware lint, dead code.
	biome format --log-level=warn .
	oxlint --type-aware --quiet
	node test/tools/python/ruff.ts
	knip

.PHONY: typecheck
typecheck: deps ## Check the types of sources and tests.
	tsc -p tsconfig.json

.PHONY: generate
generate: deps ## Write types, validators, API docs, catalogue, chart CRDs and manifests/install.yaml anew.
	node test/tools/install.ts helm
	node test/generate/generate.ts
	node test/generate/manifests.ts
	node test/generate/sample-plans.ts

.PHONY: verify
verify: generate lint typecheck ## Regenerate everything and fail when the tree differs.
	@git diff --exit-code --stat -- . || { echo "generated files differ: run 'make generate' and commit them" >&2; exit 1; }
	@test -z "$$(git status --porcelain)" || { git status --short; echo "the tree is dirty" >&2; exit 1; }

.PHONY: tools
tools: deps ## Bring the control plane's binaries and the Python environment into the user's cache.
	node test/tools/install.ts
	node test/tools/python/install.ts

.PHONY: test
test: test-unit test-trainer test-integration test-e2e test-fault ## Run all tests.

.PHONY: test-unit
test-unit: deps ## Run unit and property tests.
	$(MOCHA) --config .mocharc.unit.json

.PHONY: test-integration
test-integration: tools ## Run tests against a real control plane.
	node test/tools/install.ts kueue
	$(MOCHA) --config .mocharc.integration.json

.PHONY: test-e2e
test-e2e: tools ## The real trainer and the real vLLM, apart and in one job; jobs under the real Argo CD.
	node test/tools/install.ts argocd
	node test/tools/python/run.ts -m pytest -m e2e trainer-image/tests/test_vllm_engine.py
	$(MOCHA) --config .mocharc.e2e.json

.PHONY: test-fault
test-fault: tools ## Kill the operator after each of its writes.
	$(MOCHA) --config .mocharc.fault.json

.PHONY: test-trainer
test-trainer: tools ## Run the trainer's tests.
	node test/tools/python/run.ts -m pytest trainer-image/tests

.PHONY: test-lm-eval
test-lm-eval: tools ## Hold the scoring of GSM8K and AIME against lm-evaluation-harness itself.
	node test/tools/python/lm-eval.ts

.PHONY: coverage
coverage: deps ## Unit tests with a coverage report.
	c8 --include 'src/**' --reporter text-summary $(MOCHA) --config .mocharc.unit.json

.PHONY: demo
demo: tools ## Distil and serve a student here. DEMO=arithmetic or mahjong-pilots, KEEP=1, KUBECONFIG=...
	STRATOS_DEMO_CLUSTER=$(DEMO_CLUSTER) node test/demo/demo.ts $(DEMO)

.PHONY: bench
bench: tools ## Print measurements: planner, controllers.
	node test/bench/planner/bench.ts
	node test/bench/operator/bench.ts

.PHONY: bench-estimates
bench-estimates: deps ## Hold the estimators against published measurements (STRATOS_MEASUREMENTS=folder).
	node test/bench/planner/estimates.ts

.PHONY: bench-score
bench-score: deps ## Hold the planner's choices against accuracy-first and cost-first selection.
	node test/bench/planner/score.ts

.PHONY: plugin
plugin: build ## Pack kubectl-stratos with all it needs into dist/plugin.
	node test/tools/plugin.ts

.PHONY: bench-trainer
bench-trainer: tools ## Measure the trainer beside TRL: speed, and memory at 152,064 tokens.
	node test/bench/trainer/bench.ts

.PHONY: bench-autoscale
bench-autoscale: deps ## Compare the autoscaler with HPA's algorithm and KEDA's defaults.
	node test/bench/autoscale/bench.ts

.PHONY: bench-scrape
bench-scrape: tools ## Watch 2,000 replicas' metrics: fails above 0.3 core, or where an even load is written about.
	node test/bench/scrape/bench.ts

.PHONY: results
results: tools ## Measure the demos' tasks over seeds and write docs/results.md. RESULTS="--seeds 1 --workers 1"
	cd trainer-image && node ../test/tools/python/run.ts -m experiments $(RESULTS)

.PHONY: image
image: ## Build the operator's and the trainer's images (needs docker or podman).
	@test -n "$(CONTAINER_ENGINE)" || { echo "no docker or podman: install one, or set CONTAINER_ENGINE" >&2; exit 1; }
	$(CONTAINER_ENGINE) build -f Containerfile -t $(IMAGE) .
	$(CONTAINER_ENGINE) build -f trainer-image/Containerfile -t $(TRAINER_IMAGE) trainer-image

.PHONY: chart
chart: tools ## Lint and package the Helm chart.
	node test/tools/run.ts helm lint --strict charts/stratos
	node test/tools/run.ts helm package charts/stratos -d dist

.PHONY: clean
clean: ## Remove what was built here (caches of the user stay).
	rm -rf dist coverage .demo
