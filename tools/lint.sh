#!/usr/bin/env bash
# Checks style: tools/lint.sh [BUILD FOLDER]. clang-format on every C++ file (`clang-format -i FILE` mends it), shellcheck
# on every script, clang-tidy on the program's translation units as they are compiled in the build folder (default:
# build/release).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${1:-build/release}
if [[ ! -f $build/compile_commands.json ]]; then
  echo "lint.sh: there is no $build/compile_commands.json: configure first, for example with: cmake --preset release" >&2
  exit 2
fi

# What git tracks and what it would: a file not yet added is checked too.
files() {
  git ls-files --cached --others --exclude-standard -- "$@"
}

echo "lint: format"
files '*.cpp' '*.hpp' | xargs --no-run-if-empty clang-format --dry-run -Werror

echo "lint: scripts"
{ files '*.sh'; echo .ci/run; } | xargs shellcheck --severity=warning

echo "lint: clang-tidy"
# Warnings are the compiler's business; those that clang alone knows would make the check depend on its version.
# clang 14 does not compile the headers of LibTorch 1.13 as C++20, so what includes them is left to the compiler.
files 'src/*.cpp' ':!src/proxy/torch/*' | xargs --no-run-if-empty --max-procs="$(env -u OMP_NUM_THREADS nproc)" --max-args=1 \
  clang-tidy --quiet -p "$build" --extra-arg=-Wno-everything 2> >(grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed' >&2)

echo "lint: clean"
