#!/usr/bin/env bash
# Sets up, builds and runs the main job: tools/run.sh [arguments of zcmpi]. ZCMPI_RANKS is the number of MPI ranks
# (default: one per core).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Of cores: nproc takes a pinned number of threads for theirs.
ranks=${ZCMPI_RANKS:-$(env -u OMP_NUM_THREADS nproc)}

"$root/tools/setup.sh" --no-tests
# A tree that was configured before, with tests perhaps, is taken as it is.
if [[ ! -f $root/build/release/build.ninja ]]; then
  (cd "$root" && cmake --preset release -DZCMPI_BUILD_TESTS=OFF)
fi
cmake --build "$root/build/release" --target zcmpi

exec "$root/tests/mpi/mpirun.sh" "$ranks" "$root/build/release/src/zcmpi" "$@"
