#!/bin/bash
#SBATCH --job-name=zcmpi
#SBATCH --ntasks=4
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --signal=B:USR1@300
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=zcmpi-%j.log
#
# Evolves formulas as a Slurm job that outlives its time limit: warned some minutes before the limit, it checkpoints,
# goes back into the queue under the same job id, and goes on from the checkpoint when it starts again, until it is done.
#
#   sbatch jobs/slurm/evolve.sh [options of zcmpi evolve]
#   sbatch --ntasks=8 --gpus-per-task=1 jobs/slurm/evolve.sh --config configs/nbsz13.toml --data /scratch/tables
#
# The other commands that are spread over ranks go on likewise, their name first; features and train want their --out:
#
#   sbatch jobs/slurm/evolve.sh search --space nb201 --objective @runs/nbsz13/result.json --images /scratch/cifar10
#   sbatch jobs/slurm/evolve.sh features --space nb201 --archs random:5000 --images /scratch/cifar10 --out T.h5
#
# To adapt: options of sbatch on the command line win over the lines above; --partition, --account and the like go there.
# A task is an MPI rank, with one GPU when --gpus-per-task=1 is asked for. --signal keeps its `B:` and gives at least the
# time of one generation and one checkpoint (Slurm may warn up to a minute early). Modules that zcmpi needs are best
# loaded before sbatch, which hands its environment on. These variables are read:
#
#   ZCMPI           the program                (default: zcmpi in PATH, else build/release/src/zcmpi)
#   ZCMPI_RUN_DIR   the folder of a run or a search, which all nodes see; what is in it is gone on with
#                                              (default: runs/<job name>-<job id>)
#   SLURM_MPI_TYPE  how srun starts MPI        (default: the cluster's; `srun --mpi=list` shows them, pmix suits Open MPI)
#
# scancel ends the run for good: it is not requeued, and what it had reached stays in the run's folder.
set -u

run_dir=${ZCMPI_RUN_DIR:-runs/$SLURM_JOB_NAME-$SLURM_JOB_ID}
program=${ZCMPI:-$(command -v zcmpi || echo "$PWD/build/release/src/zcmpi")}
if [[ ! -x $program ]]; then
  echo "evolve.sh: $program is not a program: build zcmpi, put it into PATH, or name it in the variable ZCMPI" >&2
  exit 2
fi

command=evolve
if (($# > 0)) && [[ $1 != -* ]]; then
  command=$1
  shift
fi
case $command in
  evolve | search)
    options=(--run-dir "$run_dir" --resume=auto)
    again="ZCMPI_RUN_DIR=$run_dir sbatch ..."
    ;;
  features | train)
    options=(--resume=auto)
    again="the same sbatch"
    ;;
  *)
    echo "evolve.sh: $command: expected evolve, search, features or train, or an option of evolve" >&2
    exit 2
    ;;
esac

# srun takes the number of cores a task from this name, no longer from sbatch's.
export SRUN_CPUS_PER_TASK=${SLURM_CPUS_PER_TASK:-1}
export OMP_NUM_THREADS=$SRUN_CPUS_PER_TASK

# Bash runs a trap when the command in the foreground ends, or at once while it waits for one in the background.
# srun hands these signals on to every task.
warned=no cancelled=no trapped=no step=
trap 'trapped=yes warned=yes; kill -USR1 "$step" 2>/dev/null' USR1
trap 'trapped=yes cancelled=yes; kill -TERM "$step" 2>/dev/null' TERM

echo "evolve.sh: job $SLURM_JOB_ID, start $((${SLURM_RESTART_COUNT:-0} + 1)), $SLURM_NTASKS tasks, zcmpi $command ${options[*]}"
# Every task ends with 75 when a run stops early, which must not make srun kill those that are a moment behind; a minute
# after the first has gone it does, lest a crashed task leave the others waiting for it until the time limit.
srun --kill-on-bad-exit=0 --wait=60 "$program" "$command" "${options[@]}" "$@" &
step=$!
while trapped=no; wait "$step"; status=$?; [[ $trapped == yes ]]; do :; done

# A task that is still being loaded cannot take the warning and is killed by it (128 + USR1): nothing had begun.
killed_by_warning=$((128 + $(kill -l USR1)))
if ((status != 75)) && [[ $status != "$killed_by_warning" || $warned == no ]]; then
  echo "evolve.sh: zcmpi ended with exit code $status"
elif [[ $warned == no || $cancelled == yes ]]; then
  echo "evolve.sh: the run was stopped and can be gone on with: $again"
elif scontrol requeue "$SLURM_JOB_ID"; then
  if ((status == 75)); then
    echo "evolve.sh: time is nearly up: all is kept, job requeued"
  else
    echo "evolve.sh: time was nearly up before the program had started: job requeued"
  fi
  exec sleep 60  # Slurm ends the script: it must not end the job by itself first
else
  echo "evolve.sh: this cluster does not requeue jobs; go on with: $again" >&2
fi
exit "$status"
