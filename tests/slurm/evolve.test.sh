#!/usr/bin/env bash
# evolve.test.sh ZCMPI: jobs/slurm/evolve.sh under a real Slurm. Two tasks run to the end, of a search and of features as
# well; and a job that Slurm warns of its time limit checkpoints, requeues itself and ends with the bits of an undisturbed
# run.
set -euo pipefail

zcmpi=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
job_script=$here/../../jobs/slurm/evolve.sh
source "$here/slurm.sh"

require_slurm

work=$(mktemp -d)
trap 'clean_up_slurm "$work" $?' EXIT
cd "$work"

# The bundled problems, which the program finds by itself.
cat >run.toml <<'END'
[run]
seed = 7
islands = 4
[gp]
population = 100
END

# submit RUN_FOLDER GENERATIONS [OPTIONS OF SBATCH]: prints the job's id.
submit() {
  local run_dir=$1 generations=$2
  shift 2
  ZCMPI=$zcmpi ZCMPI_RUN_DIR=$run_dir sbatch --parsable --ntasks=2 "$@" "$job_script" \
    --config run.toml --generations "$generations"
}

job_field() {
  scontrol show job --oneliner "$1" | grep --only-matching "\b$2=[^ ]*" | cut -d= -f2
}

has_ended() {
  case $(job_field "$1" JobState) in
    COMPLETED | FAILED | CANCELLED | TIMEOUT | NODE_FAIL | OUT_OF_MEMORY) ;;
    *) return 1 ;;
  esac
}

expect_success() {
  wait_until "$2" "job $1 to end" has_ended "$1"
  [[ $(job_field "$1" JobState) == COMPLETED ]] || fail "job $1 ended as $(job_field "$1" JobState)"
  [[ $(job_field "$1" ExitCode) == 0:0 ]] || fail "job $1 ended with exit code $(job_field "$1" ExitCode)"
}

# What a run's outcome says, less the times.
outcome() {
  python3 - "$1/result.json" <<'END'
import json, sys
result = json.load(open(sys.argv[1]))
print(json.dumps({key: value for key, value in result.items() if not key.endswith("seconds")}, indent=1))
END
}

# slurmctld looks at time limits every half minute, and a job whose limit is near is warned at the first look.
wait_until_just_before_a_look_at_time_limits() {
  local age=$(((SECONDS - slurm_started) % 30))
  ((age >= 24 && age <= 26)) || sleep $(((30 + 25 - age) % 30))
}

slurm_started=$SECONDS
start_slurm "$work"

echo "two tasks run to the end"
job=$(submit first 200)
expect_success "$job" 120
[[ -s first/result.json ]] || fail "the job left no result.json"
grep -qF "start 1, 2 tasks" "zcmpi-$job.log" || fail "the job did not start as two tasks"
python3 -c 'import json, sys; sys.exit(len(json.load(open("first/environment.json"))["ranks"]) != 2)' ||
  fail "the two tasks were not one MPI job of two ranks"

echo "a search and features are jobs, too"
job=$(ZCMPI=$zcmpi ZCMPI_RUN_DIR=sought sbatch --parsable --ntasks=2 "$job_script" search --space nb201 \
  --objective "-count_skips" --evaluations 50)
expect_success "$job" 120
[[ $(wc -l <sought/history.csv) == 51 ]] || fail "the search did not make 50 evaluations"
job=$(ZCMPI=$zcmpi sbatch --parsable --ntasks=2 "$job_script" features --space nb201 --archs random:5 --proxies graph \
  --out t.h5)
expect_success "$job" 120
[[ -s t.h5 ]] || fail "features left no table"
job=$(ZCMPI=$zcmpi sbatch --parsable --ntasks=2 "$job_script" list spaces)
wait_until 120 "job $job to end" has_ended "$job"
[[ $(job_field "$job" ExitCode) == 2:0 ]] || fail "a command that is not spread over ranks was not refused"

echo "a job warned of its time limit checkpoints, requeues itself and goes on"
# As many generations as take about a quarter of a minute, so that the warning comes in the middle.
generations=$(python3 -c '
import json
result = json.load(open("first/result.json"))
print(max(200, int(15 * result["generations"] / max(result["wall_seconds"], 0.01))))')
for attempt in 1 2 3; do
  wait_until_just_before_a_look_at_time_limits
  job=$(submit "disturbed-$attempt" "$generations" --time=1 --signal=B:USR1@50)
  expect_success "$job" 240
  [[ $(job_field "$job" Restarts) == 0 ]] || break
  echo "it was done before it was warned: once more with more generations"
  generations=$((3 * generations))
done
[[ $(job_field "$job" Restarts) -ge 1 ]] || fail "job $job was never warned and requeued"
grep -qF "all is kept, job requeued" "zcmpi-$job.log" || fail "job $job was requeued, but not by itself"
grep -qE "resumed from .* \(generation [1-9]" "zcmpi-$job.log" || fail "job $job started afresh instead of resuming"

echo "it ends with the bits of an undisturbed run"
reference=$(submit undisturbed "$generations" --time=10)
expect_success "$reference" 240
[[ $(job_field "$reference" Restarts) == 0 ]] || fail "the undisturbed job was disturbed"
diff <(outcome undisturbed) <(outcome "disturbed-$attempt") || fail "the outcomes differ"
cmp undisturbed/hall_of_fame.csv "disturbed-$attempt/hall_of_fame.csv" || fail "the halls of fame differ"

echo "passed: $generations generations, warned and requeued $(job_field "$job" Restarts) time(s)"
