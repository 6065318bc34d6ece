#!/usr/bin/env bash
# Sets up, builds with warnings as errors and contracts on, checks style, and runs all tests: tools/test.sh [options of
# ctest]. Ends with ctest's closing line.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
build=build/ci

tools/setup.sh
cmake --preset ci
cmake --build "$build"
tools/lint.sh "$build"

# The line that says how it went is followed by the list of skipped tests: it is said again at the very end.
log=$build/ctest.log
# setup.sh installed Slurm, which root can start: then its test must not be skipped.
if ((EUID == 0)); then
  export ZCMPI_REQUIRE_SLURM=${ZCMPI_REQUIRE_SLURM:-1}
fi
trap 'grep --only-matching "[0-9]*% tests passed.*" "$log"' EXIT
ctest --test-dir "$build" --parallel "$(env -u OMP_NUM_THREADS nproc)" --output-on-failure --no-tests=error --no-label-summary "$@" | tee "$log"
