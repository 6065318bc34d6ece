#!/usr/bin/env bash
# devices.test.sh GRANTED_DEVICE ZCMPI DRIVER: which of the GPUs that a real Slurm grants each task takes, however they were asked
# for; and zcmpi warns of granted GPUs that it cannot use. DRIVER is the folder of a libcuda.so.1 for GPUs that are none.
set -euo pipefail

granted_device=$(realpath "$1")
zcmpi=$(realpath "$2")
driver=$(realpath "$3")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/slurm.sh"
require_slurm

work=$(mktemp -d)
trap 'clean_up_slurm "$work" $?' EXIT
cd "$work"
start_slurm "$work"

# expect DEVICES OPTIONS OF SRUN...: DEVICES of the ranks in their order, between commas.
expect() {
  local wanted=$1 devices
  shift
  devices=$(srun "$@" "$granted_device" | sort -n | cut -d' ' -f2- | paste -sd, )
  [[ $devices == "$wanted" ]] || fail "srun $*: devices $devices, expected $wanted"
}

echo "each task has a GPU of its own, bound to it or not"
expect 0,1 --ntasks=2 --gpus-per-task=1
expect 0,1 --gpus=2 --ntasks-per-gpu=1
expect 0,1 --ntasks=2 --gpus-per-node=2
expect 0,1 --ntasks=2 --gres=gpu:2
expect 0 --ntasks=1 --gpus=2

echo "tasks that share one know it, bound to it or not"
expect "0 shared,0 shared" --ntasks=2 --gpus=1
expect "0 shared,1 shared,0 shared" --ntasks=3 --gpus-per-node=2
expect "0 shared,0 shared,1 shared,1 shared" --ntasks=4 --gpus-per-node=2 --gpu-bind=single:2

echo "where the driver tells GPUs apart, ranks that see one each know whether it is the same one"
export LD_LIBRARY_PATH=$driver${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
expect 0,1 --ntasks=2 --gpus-per-task=1
expect "0 shared,0 shared" --ntasks=2 --gpus=1
expect "0 shared,0 shared" --ntasks=2 --gpus-per-node=2 env CUDA_VISIBLE_DEVICES=0
expect "0 shared,1,0 shared" --ntasks=3 --gpus-per-node=2
unset LD_LIBRARY_PATH

echo "without a GPU it is the host"
expect none,none --ntasks=2

echo "GPUs that are granted and cannot be used are warned of"
unused="Slurm granted 2 GPUs on $(hostname), but formulas are computed on the host"
run() {
  srun --ntasks=2 "$@" "$zcmpi" evolve --run-dir run --generations 1 --set gp.population=50 &>log.txt || {
    cat log.txt
    fail "srun $* zcmpi evolve"
  }
  backend=$(python3 -c 'import json; print(json.load(open("run/environment.json"))["ranks"][0]["backend"])')
  rm -r run
}
run --gpus=2
if [[ $backend == Cuda* ]]; then
  grep -qE "formulas on device 1( .*)? by Cuda" log.txt || fail "no device of rank 1 in the log"
else
  [[ $(grep -cF "$unused" log.txt) == 1 ]] || fail "no warning, or several, of two GPUs that nothing uses: $(cat log.txt)"
  run
  ! grep -qF "Slurm granted" log.txt || fail "a warning of GPUs that were not granted"
fi

echo "passed"
