# make venv | docs | demo | test | test-all | kills | fuzz | lint | upstream | torch-test | wheel-test | oldest-test | lock | graph | screenshots
# PYTHON is the interpreter to build .venv with, e.g. `make venv PYTHON=python3.12`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
PY := $(VENV)/bin/python
TAG := $(shell $(PYTHON) -c 'import sys; print("py%d%d" % sys.version_info[:2])')
LOCK := requirements/$(TAG).txt
BUILD := requirements/build.txt
STAMP := $(VENV)/.installed-$(TAG)
WORKERS ?= 2
PYTEST := $(PY) -m pytest -n $(WORKERS) --durations=30 --durations-min=10
COVERAGE := --cov --cov-report=term
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: graph screenshots venv demo test test-all kills fuzz lint docs upstream torch-test wheel-test oldest-test lock clean

venv: $(STAMP)

# NengoDL is a source distribution whose build needs an old setuptools: on Python 3.12 and newer
# pip's isolated build fails ("module 'pkgutil' has no attribute 'ImpImporter'"). The lock pins
# setuptools < 70, and NengoDL is built with that one, without isolation, on every version.
# That setuptools prints a warning for every editable installation, which is not needed here.
# Every file that is installed has a hash in the lock; entries go over several lines, the first of
# which has no space before it.
$(STAMP): $(LOCK) $(BUILD) setup.cfg pyproject.toml
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade pip
	$(PY) -m pip install --quiet --require-hashes -r $(BUILD)
	awk '/^[^ ]/ { dl = tolower($$0) ~ /^nengo-dl==/ } !dl' $(LOCK) > $(VENV)/without-nengo-dl.txt
	awk '/^[^ ]/ { dl = tolower($$0) ~ /^nengo-dl==/ } dl' $(LOCK) > $(VENV)/nengo-dl.txt
	$(PY) -m pip install --quiet --require-hashes -r $(VENV)/without-nengo-dl.txt
	$(PY) -m pip install --quiet --no-build-isolation --no-deps --require-hashes -r $(VENV)/nengo-dl.txt
	PYTHONWARNINGS="ignore:Editable installation" \
		$(PY) -m pip install --quiet --no-build-isolation --no-deps --editable .
	$(PY) -m pip check
	rm -f $(VENV)/.installed-*
	touch $@

requirements/py%.txt:
	@echo "No lock file for this Python: $@ is missing. Tested are:" requirements/py*.txt
	@echo "Choose one with, for example: make venv PYTHON=python3.11"
	@exit 1

demo: venv
	$(PY) examples/digits_end_to_end.py --out demo-report

lint: venv
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m codespell_lib

test: lint
	$(PYTEST) -m "not slow and not network" $(COVERAGE)

test-all: lint
	$(PYTEST) -m "not network" $(COVERAGE)

# Six commands, each killed KILLS times with SIGKILL, SIGTERM and SIGINT (about 20 minutes)
KILLS ?= 20
kills: venv
	LIFDEEP_KILLS=$(KILLS) $(PY) -m pytest -n 0 -q -s tests/kills

# Damaged files of every format that is read; the tests run 460 of them
MUTATIONS ?= 5000
fuzz: venv
	$(PY) tests/fuzz/run.py $(MUTATIONS)

# NengoDL's and NengoLoihi's own test suites, under nengo_lifdeep.compat (about 15 minutes)
upstream: venv
	grep -o '^[^ #]*==[^ ]*' $(LOCK) > $(VENV)/pins.txt
	$(PY) -m pip install --quiet -c $(VENV)/pins.txt -r requirements/upstream.txt
	-$(PY) tests/upstream/run_suites.py nengo-loihi -q -rf --disable-warnings
	-$(PY) tests/upstream/run_suites.py nengo-dl -q -rf --disable-warnings

# Tests that need PyTorch, which .venv has not. PEERS is a Python of the same version with torch and
# onnxscript (benchmarks/peers/requirements.txt); its packages are seen after those of .venv.
PEERS ?= $(PYTHON)
TORCH_VENV := $(abspath $(VENV))-torch
PURELIB := -c "import sysconfig; print(sysconfig.get_path('purelib'))"
torch-test: venv
	$(PEERS) -c "import torch, onnxscript"
	rm -rf $(TORCH_VENV)
	$(PY) -m venv --without-pip $(TORCH_VENV)
	$(PY) $(PURELIB) > $$($(TORCH_VENV)/bin/python $(PURELIB))/1_stack.pth
	$(PEERS) $(PURELIB) > $$($(TORCH_VENV)/bin/python $(PURELIB))/2_torch.pth
	PYTHONPATH=$(CURDIR) $(TORCH_VENV)/bin/python -m pytest -n 0 -q -rs tests/importers/test_torch.py
	PYTHONPATH=$(CURDIR) $(TORCH_VENV)/bin/python -m pytest -n 0 -q -rs tests/manners -k from_torch

# The built wheel, from an empty folder and an environment that sees the stack of .venv but not this
# checkout: what setup.cfg forgets to pack is missing here.
WHEEL_VENV := $(abspath $(VENV))-wheel
WHEEL_TESTS ?= tests/test_lazy_import.py tests/test_wheel.py tests/cli tests/report tests/conformance
wheel-test: venv
	rm -rf $(WHEEL_VENV) build dist
	$(PY) -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist .
	$(PY) -m venv --without-pip $(WHEEL_VENV)
	$(PY) -m pip --python $(WHEEL_VENV)/bin/python install --quiet --no-deps dist/nengo_lifdeep-*.whl
	$(PY) -c "import sysconfig; print(sysconfig.get_path('purelib'))" > $$($(WHEEL_VENV)/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/stack.pth
	mkdir $(WHEEL_VENV)/empty
	cd $(WHEEL_VENV)/empty && WHEEL_TEST=1 $(WHEEL_VENV)/bin/python -m pytest -n $(WORKERS) -q -m "not slow and not network" -c $(CURDIR)/pyproject.toml --rootdir $(CURDIR) $(addprefix $(CURDIR)/,$(WHEEL_TESTS))

# The oldest versions that setup.cfg allows, in an environment of their own on the oldest Python
OLDEST_PYTHON ?= python3.10
oldest-test:
	test -d .venv-oldest || $(OLDEST_PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/python -m pip install --quiet --upgrade pip "setuptools==69.5.1" wheel
	.venv-oldest/bin/python -m pip install --quiet -r requirements/oldest-py310.txt
	.venv-oldest/bin/python -m pip install --quiet --no-build-isolation --no-deps nengo-dl==3.6.0
	.venv-oldest/bin/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	.venv-oldest/bin/python -m pytest -n $(WORKERS) -q -m "not slow and not network"

# Newest versions that setup.cfg allows, in an environment of their own, with the hashes of all their
# files on PyPI (so of every platform), whatever index they were installed from; commit only once
# `make venv test-all` is green with the result.
lock:
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --upgrade pip "setuptools==69.5.1" wheel
	.venv-lock/bin/python -m pip install --quiet "tensorflow>=2.16" "tf_keras>=2.16" "nengo>=4"
	.venv-lock/bin/python -m pip install --quiet --no-build-isolation nengo-dl==3.6.0
	.venv-lock/bin/python -m pip install --quiet --no-build-isolation --editable ".[all,tests,docs]"
	.venv-lock/bin/python -m pip freeze --exclude-editable --exclude wheel --exclude setuptools > .venv-lock/pins.txt
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --no-deps --generate-hashes --no-annotate --no-header --index-url https://pypi.org/simple \
		--python .venv-lock/bin/python --output-file .venv-lock/hashed.txt .venv-lock/pins.txt
	sed -n '/^#/p' $(LOCK) > .venv-lock/head.txt
	cat .venv-lock/head.txt .venv-lock/hashed.txt > $(LOCK)
	rm -rf .venv-lock

# Rooms, arrows between them, upward arrows and circles
graph:
	$(PYTHON) tests/graph.py

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .coverage htmlcov

# The site in docs/_build/html, with the notebooks run (about ten minutes once); any warning is an error. Needs the extra `docs` (Python 3.11 or newer).
docs: venv
	LIFDEEP_NOTEBOOKS=run $(PY) -m sphinx -q -W --keep-going -b html docs docs/_build/html

# Live view, report, site and notebook cards at desktop, phone and dark, in screenshots/ (Chromium)
screenshots: docs
	$(PY) docs/pictures/screenshots.py all --out screenshots
