#!/usr/bin/env bash
# required.test.sh ZCMPI: where no Slurm can be found, its test is skipped, and fails where Slurm is required.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
# What the test needs before it looks for Slurm, and no Slurm.
for program in bash dirname realpath; do
  ln -s "$(command -v "$program")" "$programs/$program"
done

expect() {
  local wanted=$1 code=0
  shift
  env "$@" PATH="$programs" "$programs/bash" "$here/evolve.test.sh" "$zcmpi" || code=$?
  if ((code != wanted)); then
    echo "FAILED: expected exit code $wanted, got $code: $*" >&2
    exit 1
  fi
}

zcmpi=$1
expect 77 ZCMPI_REQUIRE_SLURM=0
expect 77 --unset=ZCMPI_REQUIRE_SLURM
expect 1 ZCMPI_REQUIRE_SLURM=1
