# setup demo test lint bench: each brings what it needs by itself, given Python 3.11 or later, make and git.
# A second call finds everything in place and does nothing.

UV_VERSION := 0.13.9
PYTHON := $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& $$python -c 'import sys; print(sys._base_executable)' && break; done)
ifeq ($(PYTHON),)
$(error Python 3.11 or later is needed: none of python3, python3.11 .. python3.14 on the path is one)
endif

UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
# The interpreter is the one found above; uv fetches none. Modules are compiled at once: where Python may not
# write what it compiles, every start of a command would take a second longer.
SYNC := UV_PYTHON='$(PYTHON)' UV_PYTHON_DOWNLOADS=never $(UV) sync --frozen --compile-bytecode
PACKAGES := config detector models streams
SOURCES := $(shell find $(PACKAGES) -name '*.py')
KERNELS := $(filter detector/% models/%,$(SOURCES))

export PATH := $(CURDIR)/.tools/bin:$(PATH)

.PHONY: setup demo test lint bench

setup: .venv/.broker .venv/.kernels .venv/.bytecode

demo: setup
	.venv/bin/detector demo

test: lint setup .tools/.promtool
	.venv/bin/pytest -m 'not bench' --doctest-modules $(PACKAGES) tests

lint: .venv/.synced
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/codespell -L alse,nd --skip "*/simulate/texts/*,*/foreign/lexicon.txt" $(PACKAGES) tests docs *.md

bench: setup
	.venv/bin/python -m tests.bench --write
	.venv/bin/python -m tests.bench.real --write

.tools/bin/uv:
	@'$(PYTHON)' -m venv .tools || { echo 'python3 -m venv fails: install it (Debian: python3-venv)' >&2; exit 1; }
	.tools/bin/pip install --quiet uv==$(UV_VERSION)

.venv/.synced: pyproject.toml uv.lock | $(UV)
	$(SYNC)
	@touch $@

# Java when there is none yet, and Kafka's jars.
.venv/.broker: .venv/.synced streams/broker/jars.lock
	.venv/bin/python -c 'from streams.broker import java; java.find()' 2>/dev/null || $(SYNC) --extra java
	.venv/bin/python -c 'from streams.broker import jars; jars.resolve()'
	@touch $@

# The compiled kernels, so that nothing waits for them later.
.venv/.kernels: .venv/.synced $(KERNELS)
	.venv/bin/python -m detector.warm
	@touch $@

.venv/.bytecode: .venv/.synced $(SOURCES)
	.venv/bin/python -m compileall -q $(PACKAGES)
	@touch $@

# Prometheus' own checker of rules, taken out of Debian's package: nothing is installed or started.
.tools/.promtool:
	@mkdir -p .tools/bin .tools/deb
	@command -v promtool >/dev/null \
	|| { cd .tools/deb && apt-get -q download prometheus && dpkg-deb -x prometheus_*.deb . && cp usr/bin/promtool ../bin/; } \
	|| echo 'promtool is missing, tests of the alert rules need it: install it (Debian: prometheus)' >&2
	@rm -rf .tools/deb
	@touch $@
