# Two commands matter to a newcomer: `make demo` and `make test`. Both set up .venv by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input

.DEFAULT_GOAL := help
.PHONY: help demo test lint format unit conformance snapshots lab-short soak peers prowler coverage bench docs lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Ringwork needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	@echo "making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made requirements.lock pyproject.toml
	@echo "installing Ringwork and its locked dependencies"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core requirements-dev.lock
	@echo "installing the locked development tools"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.core ## the main job, on the local cloud: design, deploy, check, break, find, heal
	@$(BIN)/ringwork demo

test: $(VENV)/.dev lint unit ## everything that must hold before a change lands

lint: $(VENV)/.dev ## ruff, mypy --strict, the import table
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

unit: $(VENV)/.dev
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

conformance: $(VENV)/.dev ## AWS network cases: FILE=cases.json, else those of RINGWORK_SHARED
	@$(BIN)/python benchmarks/conformance.py $(FILE)

snapshots: $(VENV)/.dev ## recorded networks with known answers: DIR=folder, else those of RINGWORK_SHARED
	@$(BIN)/python benchmarks/snapshots.py $(DIR)

format: $(VENV)/.dev ## rewrite the sources in the house format
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

lab-short: $(VENV)/.dev ## a short share of the long trials
	@$(BIN)/python benchmarks/kill_deploy.py --points 3
	@$(BIN)/python benchmarks/kill_state.py --points 4 --rounds 1 --writes 3
	@$(BIN)/python benchmarks/life.py examples/hospital.yaml --random 1
	@$(BIN)/python -m tests.lab.trial --seconds 120 || [ $$? -eq 2 ]

lab: $(VENV)/.dev lab-tools ## random networks in the kernel beside walker and prover (as root)
	@$(BIN)/python -m tests.lab.trial --networks 300 --probes 20000 --record

.PHONY: lab lab-tools
lab-tools:
	@command -v ip >/dev/null && command -v nft >/dev/null || { \
	  echo "installing iproute2 and nftables"; \
	  apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 nftables >/dev/null; }

soak: $(VENV)/.dev ## the long trials: kill deployments and saves at random points, write from eight processes, the laws of the provers
	@$(BIN)/python benchmarks/kill_deploy.py --points 20
	@$(BIN)/python benchmarks/kill_state.py --points 50 --rounds 3
	@$(BIN)/python benchmarks/life.py
	@$(BIN)/python benchmarks/life.py --random 20
	@RINGWORK_EFFORT=20 $(BIN)/pytest -n 2 tests/network/reach tests/access/symbolic \
	  tests/architecture/test_random.py tests/architecture/test_growth.py

.venv-peers/.made: requirements-peers.lock
	@echo "installing the peers into .venv-peers"
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-peers.lock
	@touch $@

# The other evaluator of policies and its three parts, each by digest. AGPL: a program of its own, never imported.
SIMULATOR := iam-simulate@0.1.173 iam-policy@0.1.109 iam-utils@0.1.82 iam-data@0.21.202609261
SIMULATOR_SHA256 := \
  4774e72ede4751f2b0007f78c8b8326cb10d02466bb532a7d69c431f402a41d0 \
  ff34e32d846d512eab26e398f976cc775b5dd5e89a06aac3034ad3bb6cdba665 \
  081f5b5a5ca8d8c647ec2ef22030ba7160d6cb486143410019074644674c709d \
  b2fbd66780732f8cfa846c4b90b59e4ec66337111a21bd7de6abc83c65c05b6a

.venv-simulator/.made:
	@command -v npm >/dev/null && command -v node >/dev/null || \
	  { echo "Node.js and npm are needed to run the other evaluator" >&2; exit 2; }
	@echo "fetching iam-simulate into .venv-simulator"
	@rm -rf .venv-simulator && mkdir -p .venv-simulator
	@cd .venv-simulator && set -- $(SIMULATOR_SHA256) && for one in $(SIMULATOR); do \
	  file="cloud-copilot-$$(echo $$one | tr @ -).tgz"; into="node_modules/@cloud-copilot/$${one%@*}"; \
	  npm pack --silent "@cloud-copilot/$$one" >/dev/null && \
	  echo "$$1  $$file" | sha256sum --check --quiet && mkdir -p "$$into" && \
	  tar -xzf "$$file" -C "$$into" --strip-components=1 && rm "$$file" && shift || exit 1; done
	@touch $@

.PHONY: peers-access
peers-access: $(VENV)/.dev .venv-simulator/.made ## another evaluator of policies beside ours (installs it first)
	@$(BIN)/python benchmarks/access_differential.py .venv-simulator

.venv-solvers/.made: requirements-solvers.lock
	@echo "installing z3 and cvc5 into .venv-solvers"
	@$(PYTHON) -m venv .venv-solvers
	@.venv-solvers/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-solvers.lock
	@touch $@

.PHONY: solvers rows pairs
solvers: $(VENV)/.dev .venv-solvers/.made ## questions about access beside z3 and cvc5 (installs them first)
	@$(BIN)/python benchmarks/access.py --solvers z3,cvc5 --record

rows: $(VENV)/.dev ## what AWS answered under boundaries: FILE=rows.json, else those of RINGWORK_SHARED
	@$(BIN)/python benchmarks/boundary_rows.py $(FILE)

pairs: $(VENV)/.dev ## pairs of policies with a known relation: DIR=folder with labels.json
	@$(BIN)/python benchmarks/policy_pairs.py $(DIR)

peers: $(VENV)/.dev .venv-peers/.made peers-access ## the same, and other linters on what we compile
	@$(BIN)/python benchmarks/peers.py .venv-peers/bin/checkov

.venv-moto/.made: requirements-moto.lock
	@echo "installing plain moto into .venv-moto"
	@$(PYTHON) -m venv .venv-moto
	@.venv-moto/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-moto.lock
	@touch $@

coverage: $(VENV)/.dev .venv-moto/.made ## the local cloud's answers beside plain moto's (needs RINGWORK_SHARED)
	@$(BIN)/python benchmarks/emulator_coverage.py

.venv-prowler/.made: requirements-prowler.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
	  { echo "Prowler needs Python 3.11 or 3.12; name one with: make PYTHON=python3.12 prowler" >&2; exit 2; }
	@echo "installing Prowler and the AWS CLI into .venv-prowler (2.3 GB)"
	@$(PYTHON) -m venv .venv-prowler
	@.venv-prowler/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-prowler.lock
	@touch $@

prowler: $(VENV)/.dev .venv-prowler/.made ## Prowler and the AWS CLI against the local cloud (installs them first)
	@$(BIN)/python benchmarks/prowler.py .venv-prowler/bin/prowler

# Mermaid's own bundle, by digest: what it draws is what Markdown pages draw.
MERMAID := 12.3.0
MERMAID_SHA256 := be0684e8d20bfc874df12c0f04927a5c482f57f2200eec54cca52a4583fd4040

.venv-browser/mermaid.min.js:
	@command -v npm >/dev/null || { echo "npm is needed to fetch Mermaid" >&2; exit 2; }
	@echo "fetching Mermaid $(MERMAID) into .venv-browser"
	@mkdir -p .venv-browser
	@cd .venv-browser && npm pack --silent mermaid@$(MERMAID) >/dev/null && \
	  echo "$(MERMAID_SHA256)  mermaid-$(MERMAID).tgz" | sha256sum --check --quiet && \
	  tar -xzf mermaid-$(MERMAID).tgz --strip-components=2 package/dist/mermaid.min.js && \
	  rm mermaid-$(MERMAID).tgz

.PHONY: browser chromium
chromium:
	@command -v chromium >/dev/null || { \
	  echo "installing Chromium"; \
	  apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core \
	    >/dev/null; }

browser: chromium .venv-browser/mermaid.min.js ## what tests of pictures need: Chromium (Debian's, as root) and Mermaid

bench: $(VENV)/.dev ## timings, for this machine
	@for script in benchmarks/compile.py benchmarks/validate.py benchmarks/estate.py \
	    benchmarks/local_state.py benchmarks/emulator_calls.py; do \
	  echo "== $$script"; $(BIN)/python $$script || exit 1; done

docs: $(VENV)/.dev ## regenerate what the documents quote from the code
	@$(BIN)/python scripts/blueprint_schema.py
	@$(BIN)/python scripts/controls_table.py
	@$(BIN)/python scripts/quantities_table.py
	@$(BIN)/python scripts/command_reference.py
	@$(BIN)/python scripts/layers_table.py

lock: ## rewrite the hashed locks (needs uv)
	@scripts/lock.sh

clean: ## remove what make made
	@rm -rf $(VENV) .venv-peers .venv-simulator .venv-solvers .venv-prowler .venv-moto .venv-browser .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
