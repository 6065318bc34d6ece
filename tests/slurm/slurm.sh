# shellcheck shell=bash
# A single-node Slurm of one's own, to be sourced: require_slurm, start_slurm FOLDER, stop_slurm. Everything it writes lies
# in FOLDER; a Slurm that the machine may have is not touched. Needs root (slurmd does) and Debian's slurm-wlm and munge.
# It grants four processors and two GPUs. The GPUs are none, but jobs are bound to them as to any.

slurm_daemons=()

# The reason why this machine cannot run it, or nothing.
slurm_obstacle() {
  local program
  if ((EUID != 0)); then
    echo "slurmd needs root"
    return
  fi
  for program in munged slurmctld slurmd sbatch srun scontrol; do
    if ! PATH=$PATH:/usr/sbin command -v "$program" >/dev/null; then
      echo "$program is not installed (tools/setup.sh installs it)"
      return
    fi
  done
}

# Exits with 77, which ctest takes for skipped, where no Slurm can be started; with ZCMPI_REQUIRE_SLURM=1, where one was
# installed, that is a failure.
require_slurm() {
  local obstacle
  obstacle=$(slurm_obstacle)
  if [[ -z $obstacle ]]; then
    return
  fi
  if [[ ${ZCMPI_REQUIRE_SLURM:-0} == 1 ]]; then
    echo "FAILED: ZCMPI_REQUIRE_SLURM is 1 and no Slurm can be started: $obstacle" >&2
    exit 1
  fi
  echo "skipped: $obstacle"
  exit 77
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

write_slurm_conf() {
  local folder=$1 host
  host=$(hostname -s)
  # cred_expire is what a requeued job waits for before it may start again; the default of two minutes is for clusters
  # whose clocks differ. config_overrides lets two tasks run on a machine of one core.
  cat >"$folder/slurm.conf" <<END
ClusterName=zcmpi-test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=pmix
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
JobRequeue=1
KillWait=5
MinJobAge=600
ReturnToService=2
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 Gres=gpu:2 State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
  # Slurm wants device files, and CUDA_VISIBLE_DEVICES only for those that it is told are NVIDIA's.
  ln -s /dev/null "$folder/gpu0"
  ln -s /dev/null "$folder/gpu1"
  echo "Name=gpu Flags=nvidia_gpu_env File=$folder/gpu[0-1]" >"$folder/gres.conf"
}

start_slurm() {
  local folder=$1
  chmod 755 "$folder"
  mkdir -p "$folder/state" "$folder/spool"
  (umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
  write_slurm_conf "$folder"
  export SLURM_CONF=$folder/slurm.conf
  export PATH=$PATH:/usr/sbin

  munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munged.pid" --seed-file="$folder/munged.seed" --log-file="$folder/munged.log" \
    >"$folder/munged.out" 2>&1 &
  slurm_daemons+=($!)
  wait_until 20 "munged to answer" test -S "$folder/munge.socket"
  slurmctld -D >"$folder/slurmctld.out" 2>&1 &
  slurm_daemons+=($!)
  slurmd -D >"$folder/slurmd.out" 2>&1 &
  slurm_daemons+=($!)
  wait_until 60 "the node to become idle" node_is_idle
}

node_is_idle() {
  [[ $(sinfo --noheader --format=%T 2>/dev/null) == idle ]]
}

# wait_until SECONDS WHAT COMMAND...: polls the command until it succeeds.
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    if ((SECONDS >= deadline)); then
      echo "gave up waiting for $what" >&2
      return 1
    fi
    sleep 0.2
  done
}

# Stops Slurm, removes FOLDER, and shows its logs before where STATUS says that something failed.
clean_up_slurm() {
  local folder=$1 status=$2
  stop_slurm
  if ((status != 0)); then
    tail -n 40 "$folder"/zcmpi-*.log "$folder"/slurmctld.log "$folder"/slurmd.log "$folder"/*.out 2>/dev/null || true
  fi
  rm -rf "$folder"
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Jobs first, so that no task outlives its slurmd; then the daemons, the last started first.
stop_slurm() {
  local i pid
  if ((${#slurm_daemons[@]} == 3)); then
    timeout 10 scancel --user=root >/dev/null 2>&1 || true
    wait_until 15 "jobs to end" no_job_is_left || true
  fi
  for ((i = ${#slurm_daemons[@]} - 1; i >= 0; --i)); do
    pid=${slurm_daemons[i]}
    kill "$pid" 2>/dev/null || true
    wait_until 10 "daemon $pid to end" daemon_is_gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  slurm_daemons=()
}

no_job_is_left() {
  [[ -z $(timeout 5 squeue --noheader 2>/dev/null) ]]
}

daemon_is_gone() {
  ! kill -0 "$1" 2>/dev/null
}
