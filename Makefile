# Entry points. Each installs what packages.txt names for it and is missing, then calls a tool;
# the rules of the build stand in meson.build.

SECONDS ?= 60
SEEDS ?= 200
HOURS ?= 0
MINUTES ?= 0

.PHONY: help build program demo test bench sim canaries sweep nightly fuzz lint clean

help:
	@echo 'make build              compile build/acquit'
	@echo 'make demo               payments between four parties over TCP, as a table'
	@echo 'make test               all test suites, plain and with sanitizers'
	@echo 'make bench              measure codec, stores and authorisations'
	@echo 'make sim SEEDS=200      simulated days with faults, one for each seed'
	@echo 'make canaries           plant bugs in the simulated world, and see each found'
	@echo 'make sweep              a store on a disk that fails at every call, one after the other'
	@echo 'make nightly HOURS=6     seeds, drills, canaries, fuzzers and the checker, that long; MINUTES=20'
	@echo 'make fuzz SECONDS=60    fuzz every decoder, that long each'
	@echo 'make lint               layout, static analysis, gcc and clang without a warning'
	@echo 'make clean              remove the build trees'

build:
	@tools/bootstrap build
	@test -f build/build.ninja || meson setup build
	@ninja -C build

# What a newcomer waits for: the program without the tests, half of the work.
program:
	@tools/bootstrap build
	@test -f build/build.ninja || meson setup build
	@ninja -C build acquit

demo: program
	@build/acquit demo

test:
	@tools/bootstrap build test
	@tools/test

bench: build
	@tools/bench

sim: program
	@build/acquit sim --seeds $(SEEDS)

canaries: program
	@tools/canaries

sweep: build
	@SWEEP_STEP=1 build/src/sim-store_sweep_test

nightly: build
	@tools/bootstrap build check
	@tools/nightly --hours $(HOURS) --minutes $(MINUTES)

fuzz:
	@tools/bootstrap build check
	@tools/fuzz --seconds $(SECONDS)

lint:
	@tools/bootstrap build check
	@tools/lint

clean:
	@rm -rf build build-asan build-clang build-fuzz build-gcc build-tsan
