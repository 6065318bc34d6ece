#!/bin/sh
# mpirun.sh RANKS PROGRAM [ARGUMENTS]: starts a test program under MPI, also on fewer cores than ranks, as root and in a
# container. ZCMPI_MPIEXEC names another launcher than mpirun.
set -eu

if [ $# -lt 2 ]; then
  echo "usage: $0 RANKS PROGRAM [ARGUMENTS]" >&2
  exit 2
fi
ranks=$1
shift
launcher=${ZCMPI_MPIEXEC:-mpirun}

export OMP_NUM_THREADS=1
# Leaks of the libraries below are not ours; read by builds with the leak sanitizer only.
suppressions=$(dirname "$0")/lsan.supp
# The look through thread-local memory has been seen to crash the leak sanitizer of GCC 12 under mpirun.
export LSAN_OPTIONS="suppressions=$suppressions:print_suppressions=0:use_tls=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
# Plug-ins are unloaded when leaks are looked for, so that their frames have no name: only whole stacks lead to a
# library that has one.
export ASAN_OPTIONS="fast_unwind_on_malloc=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

case $("$launcher" --version 2>&1) in
  *"Open MPI"* | *OpenRTE* | *PRRTE* | *prte*)
    if [ "$(id -u)" -eq 0 ]; then
      export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
      export PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
    fi
    # Waiting ranks give their core away; containers forbid one process to read another's memory.
    export OMPI_MCA_mpi_yield_when_idle=1
    export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_smsc=^cma,xpmem
    exec "$launcher" --map-by slot:OVERSUBSCRIBE --bind-to none -n "$ranks" "$@"
    ;;
  *)
    exec "$launcher" -n "$ranks" "$@"
    ;;
esac
