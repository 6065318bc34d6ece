#!/bin/bash
# resume.sh ZCMPI CASE: stopping and going on, from outside. Each case is a test of its own (tests/resume/CMakeLists.txt).
# A straight run is the truth; a run that was stopped, killed or moved to another number of ranks must end with the same
# bytes in result.json (from wall_seconds on aside), hall_of_fame.csv, metrics.jsonl and migrations.jsonl.
set -u

zcmpi=$1
case_name=$2
here=$(cd "$(dirname "$0")" && pwd)
mpirun=$here/../mpi/mpirun.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  tail -n 40 "$work"/*.out >&2
  exit 1
}

# Three made-up problems, for cases that change or lose them: space_a.csv, space_b.csv, space_c.csv.
make_data() {
  mkdir -p "$1"
  local task seed=$2
  for task in a b c; do
    seed=$((seed + 7919))
    awk -v seed="$seed" 'function next_number() { state = (state * 16807) % 2147483647; return state / 2147483647 - 0.5 }
      BEGIN {
        state = seed
        print "arch,params,flops,nwot,val_accuracy"
        for (i = 0; i < 120; ++i) {
          p = next_number(); f = next_number(); n = next_number()
          printf "net%d,%.9f,%.9f,%.9f,%.9f\n", i, p, f, n, 50 + p * f + n * n + 0.1 * next_number()
        }
      }' >"$1/space_$task.csv"
  done
}

# Cases that only run, stop and go on evolve on the bundled problems.
case $case_name in
  half_and_half_equal_the_whole | the_number_of_ranks_may_change | eight_islands_* | killed_runs_resume | *_stops_with_a_checkpoint)
    problems='["nb201_fashion_mnist", "tnb101-macro_fashion_mnist", "tnb101-macro_fashion_mnist_rotation"]'
    ;;
  *) problems='["space_a", "space_b", "space_c"]' ;;
esac

cat >"$work/run.toml" <<END
[run]
generations = 12
islands = 3
seed = 5
[data]
problems = $problems
train_architectures = 60
[gp]
population = 60
max_size = 20
max_depth = 8
[migration]
epoch_generations = 3
migrants = 2
[checkpoint]
generations = 4
minutes = 0
keep = 5
END
make_data "$work/data" 1

# evolve OUTPUT RANKS ARGUMENTS...: runs the program and gives back its exit code.
evolve() {
  local output=$work/$1.out ranks=$2
  shift 2
  "$mpirun" "$ranks" "$zcmpi" evolve --data "$work/data" "$@" >"$output" 2>&1
}

# The program without a launcher, whose process then gets signals itself. Leaks are looked for under mpirun.sh, which
# knows those of MPI's libraries.
alone=(env ASAN_OPTIONS=detect_leaks=0 "$zcmpi")

# expect CODE COMMAND...
expect() {
  local wanted=$1
  shift
  "$@"
  local code=$?
  [ "$code" -eq "$wanted" ] || fail "expected exit code $wanted, got $code: $*"
}

expect_text() {
  grep -qF -- "$2" "$work/$1.out" || fail "expected in the output of $1: $2"
}

expect_text_once() {
  [ "$(grep -cF -- "$2" "$work/$1.out")" -eq 1 ] || fail "expected once in the output of $1: $2"
}

without_times() { sed '/"wall_seconds"/,$d' "$1"; }

same_outcome() {
  local file
  [ "$(without_times "$1/result.json")" = "$(without_times "$2/result.json")" ] || {
    diff <(without_times "$1/result.json") <(without_times "$2/result.json") >&2
    fail "result.json differs between $1 and $2"
  }
  cmp "$1/hall_of_fame.csv" "$2/hall_of_fame.csv" || fail "hall_of_fame.csv differs between $1 and $2"
  for file in metrics.jsonl migrations.jsonl; do
    cmp <(sort "$1/$file") <(sort "$2/$file") || fail "$file differs between $1 and $2"
  done
}

straight() { expect 0 evolve straight "${1:-1}" --config "$work/run.toml" --run-dir "$work/straight"; }

# A folder with checkpoints at generations 4 and 8.
run_to_8() {
  expect 0 evolve first "${2:-1}" --config "$work/run.toml" --run-dir "$1" --generations 8
}

# Long enough to be stopped from outside; the whole of it is run by `long_straight`.
long=(--config "$work/run.toml" --set gp.population=600 --set checkpoint.generations=10 --generations 240)
long_straight() { expect 0 evolve straight 1 "${long[@]}" --run-dir "$work/straight"; }

# Waits until a run has written its first checkpoint.
wait_for_checkpoint() {
  local i
  for ((i = 0; i < 600; ++i)); do
    compgen -G "$1/checkpoints/ckpt-*.h5" >/dev/null && return
    sleep 0.05
  done
  fail "no checkpoint appeared in $1"
}

# stopped_by SIGNAL: a run that gets SIGNAL stops with 75 and goes on to the same outcome.
stopped_by_signal() {
  long_straight
  "${alone[@]}" evolve --data "$work/data" "${long[@]}" --run-dir "$work/run" >"$work/run.out" 2>&1 &
  local process=$!
  wait_for_checkpoint "$work/run"
  kill "-$1" "$process"
  wait "$process"
  local code=$?
  [ "$code" -eq 75 ] || fail "expected exit code 75 after $1, got $code"
  grep -q '"stopped_by": "signal"' "$work/run/result.json" || fail "result.json does not name the signal"
  expect 0 evolve resumed 2 --resume --run-dir "$work/run"
  same_outcome "$work/straight" "$work/run"
}

case $case_name in
  half_and_half_equal_the_whole)
    for ranks in 1 2 3; do
      rm -rf "$work/straight" "$work/run"
      straight "$ranks"
      run_to_8 "$work/run" "$ranks"
      expect 0 evolve resumed "$ranks" --resume --run-dir "$work/run" --generations 12
      same_outcome "$work/straight" "$work/run"
    done
    ;;
  the_number_of_ranks_may_change)
    straight 1
    for ranks in 1:3 3:2 2:1; do
      rm -rf "$work/run"
      run_to_8 "$work/run" "${ranks%:*}"
      expect 0 evolve resumed "${ranks#*:}" --resume --run-dir "$work/run" --generations 12
      same_outcome "$work/straight" "$work/run"
    done
    ;;
  eight_islands_are_the_same_on_1_2_3_and_8_ranks)
    for ranks in 1 2 3 8; do
      expect 0 evolve "ranks_$ranks" "$ranks" --config "$work/run.toml" --islands 8 --run-dir "$work/on_$ranks"
      same_outcome "$work/on_1" "$work/on_$ranks"
    done
    ;;
  killed_runs_resume)
    long_straight
    "${alone[@]}" evolve --data "$work/data" "${long[@]}" --run-dir "$work/run" >"$work/run.out" 2>&1 &
    process=$!
    wait_for_checkpoint "$work/run"
    kill -KILL "$process"
    wait "$process"
    [ ! -f "$work/run/result.json" ] || fail "the run ended before it was killed"
    expect 0 evolve resumed 1 --resume --run-dir "$work/run"
    same_outcome "$work/straight" "$work/run"
    ;;
  ranks_that_were_started_for_another_run_are_named)
    make_data "$work/old" 2
    for file in "$work"/old/space_[ac].csv; do cp "$work/data/$(basename "$file")" "$file"; done
    one=(--config "$work/run.toml" --run-dir "$work/run")
    expect 2 evolve tables 1 "${one[@]}" : -n 2 "$zcmpi" evolve --data "$work/old" "${one[@]}"
    expect_text tables "error: rank 1 was started for another run than rank 0: data of space/b: "
    ! grep -q "space/a" "$work/tables.out" || fail "a problem that does not differ is named"
    expect 2 evolve settings 2 "${one[@]}" \
      : -n 1 "$zcmpi" evolve --data "$work/data" "${one[@]}" --generations 13 --set gp.max_size=21
    expect_text settings "error: rank 2 was started for another run than rank 0: "
    expect_text settings "gp.max_size: 21 there, 20 on rank 0; run.generations: 13 there, 12 on rank 0"
    [ ! -e "$work/run" ] || fail "a folder was made for a run that never started"
    ;;
  an_error_of_all_ranks_is_said_once)
    expect 2 evolve unknown 3 --config "$work/run.toml" --run-dir "$work/run" --set gp.populaton=5
    expect_text_once unknown "unknown key"
    expect 2 evolve missing 3 --config "$work/run.toml" --run-dir "$work/run" --set data.problems=none
    expect_text_once missing "none"
    expect 2 "$mpirun" 3 "$zcmpi" evlove >"$work/command.out" 2>&1
    expect_text_once command "unknown command"
    # Checkpoints cannot be written: an error in the middle of a run.
    mkdir "$work/run"
    touch "$work/run/checkpoints"
    expect 1 evolve write 3 --config "$work/run.toml" --run-dir "$work/run" --resume=auto
    expect_text_once write "error: "
    grep -q " E error: .*checkpoints" "$work/run/log.txt" || fail "the error is not in log.txt"
    ;;
  an_error_of_one_rank_is_said_by_that_rank)
    mkdir "$work/empty"
    one=(--config "$work/run.toml" --run-dir "$work/run")
    expect 2 evolve missing 1 "${one[@]}" : -n 1 "$zcmpi" evolve --data "$work/empty" "${one[@]}" \
      : -n 1 "$zcmpi" evolve --data "$work/data" "${one[@]}"
    expect_text_once missing "error: "
    expect_text missing "[rank 1] error: the table was not found (space_a)"
    # A disk that fills up for rank 0 while the others go on.
    "$mpirun" 3 "$zcmpi" evolve --data "$work/data" --config "$work/run.toml" --run-dir "$work/run" \
      --generations 1000000000 >"$work/run.out" 2>&1 &
    process=$!
    wait_for_checkpoint "$work/run"
    ln -sfn /dev/full "$work/run/metrics.jsonl"
    wait "$process"
    code=$?
    [ "$code" -eq 1 ] || fail "expected exit code 1, got $code"
    # The full disk may come between a write and its sync.
    expect_text_once run "error: cannot "
    grep -qE "error: cannot (write|sync) \($work/run/metrics.jsonl\)" "$work/run.out" ||
      fail "expected in the output of run: the file that cannot be written"
    ;;
  one_program_at_a_time_works_in_a_folder)
    "${alone[@]}" evolve --data "$work/data" "${long[@]}" --run-dir "$work/run" >"$work/run.out" 2>&1 &
    process=$!
    wait_for_checkpoint "$work/run"
    # Held up, so that it does not end before the others have tried.
    kill -STOP "$process"
    for mode in --resume --resume=auto; do
      expect 2 evolve second 2 $mode --run-dir "$work/run"
      expect_text second "another zcmpi works in this folder ($work/run): process $process on "
      [ "$(grep -c "another zcmpi" "$work/second.out")" -eq 1 ] || fail "not one line"
    done
    kill -KILL "$process"
    wait "$process"
    expect 0 evolve resumed 1 --resume --run-dir "$work/run"
    long_straight
    same_outcome "$work/straight" "$work/run"
    ;;
  the_wall_time_is_the_sum_of_its_parts)
    expect 0 evolve first 3 --config "$work/run.toml" --run-dir "$work/run" --generations 8
    first_seconds=$(sed -n 's/.*"wall_seconds": \([0-9.e-]*\).*/\1/p' "$work/run/result.json")
    expect 0 evolve resumed 3 --resume --run-dir "$work/run" --generations 12
    # Parts and whole are equal but for rounding; the second part comes on top of the first.
    awk -v first="$first_seconds" -F '[:,]' '
      /"wall_seconds"/ { wall = $2 }
      is_phase && NF > 1 { total += $2 }
      /"phase_seconds"/ { is_phase = 1 }
      END { exit !(wall > first && total > wall - 1e-9 && total < wall + 1e-9) }' "$work/run/result.json" ||
      fail "the parts do not add up: first $first_seconds, $(tail -n 9 "$work/run/result.json")"
    ;;
  sigterm_stops_with_a_checkpoint) stopped_by_signal TERM ;;
  sigusr1_stops_with_a_checkpoint) stopped_by_signal USR1 ;;
  sigint_stops_with_a_checkpoint) stopped_by_signal INT ;;
  max_hours_stops_with_a_checkpoint)
    long_straight
    expect 75 evolve first 2 "${long[@]}" --run-dir "$work/run" --max-hours 0.00001
    grep -q '"stopped_by": "max_hours"' "$work/run/result.json" || fail "result.json does not name max_hours"
    expect 0 evolve resumed 2 --resume --run-dir "$work/run" --max-hours 0
    same_outcome "$work/straight" "$work/run"
    ;;
  a_stop_file_stops_with_a_checkpoint)
    long_straight
    "${alone[@]}" evolve --data "$work/data" "${long[@]}" --run-dir "$work/run" >"$work/run.out" 2>&1 &
    process=$!
    wait_for_checkpoint "$work/run"
    touch "$work/run/STOP"
    wait "$process"
    code=$?
    [ "$code" -eq 75 ] || fail "expected exit code 75 after STOP, got $code"
    [ ! -e "$work/run/STOP" ] || fail "the STOP file is still there"
    expect 0 evolve resumed 1 --resume --run-dir "$work/run"
    same_outcome "$work/straight" "$work/run"
    ;;
  a_damaged_checkpoint_is_passed_over_loudly)
    straight
    run_to_8 "$work/run"
    truncate -s -100 "$work/run/checkpoints/ckpt-00000008.h5"
    expect 0 evolve resumed 1 --resume --run-dir "$work/run" --generations 12
    expect_text resumed "warning: "
    expect_text resumed "ckpt-00000008.h5"
    expect_text resumed "resumed from ckpt-00000004.h5 (generation 4)"
    same_outcome "$work/straight" "$work/run"
    ;;
  no_valid_checkpoint_is_an_error)
    run_to_8 "$work/run"
    for file in "$work"/run/checkpoints/ckpt-*.h5; do truncate -s 1000 "$file"; done
    for mode in --resume --resume=auto; do
      expect 2 evolve resumed 2 $mode --run-dir "$work/run" --generations 12
      expect_text resumed "error: "
    done
    ;;
  lost_checkpoints_are_an_error)
    run_to_8 "$work/run"
    rm "$work"/run/checkpoints/ckpt-*.h5
    for mode in --resume --resume=auto; do
      expect 2 evolve resumed 1 $mode --run-dir "$work/run"
      expect_text resumed "the run's checkpoints are gone"
    done
    ;;
  lost_checkpoint_folders_are_an_error)
    run_to_8 "$work/run"
    cp -r "$work/run" "$work/before"
    rm -r "$work/run/checkpoints" "$work/before/checkpoints"
    for mode in --resume --resume=auto; do
      expect 2 evolve resumed 1 $mode --run-dir "$work/run"
      expect_text resumed "the run's checkpoints are gone"
    done
    diff -r "$work/run" "$work/before" || fail "the refused resume changed the folder"
    ;;
  going_on_from_an_older_checkpoint_keeps_what_it_writes)
    straight
    cp -r "$work/straight" "$work/run"
    expect 0 evolve resumed 1 --resume="$work/run/checkpoints/ckpt-00000004.h5" --run-dir "$work/run" \
      --set checkpoint.keep=1
    [ "$(cd "$work/run/checkpoints" && echo ckpt-*.h5)" = "ckpt-00000012.h5" ] ||
      fail "other checkpoints stay: $(ls "$work/run/checkpoints")"
    [ -f "$work/run/checkpoints/ckpt-00000008.h5.superseded" ] || fail "the newer checkpoint was not set aside"
    expect_text resumed "set aside as ckpt-00000008.h5.superseded"
    same_outcome "$work/straight" "$work/run"
    ;;
  a_named_damaged_checkpoint_is_refused_and_changes_nothing)
    run_to_8 "$work/run"
    # The header stays whole: only reading the islands tells.
    printf '\377' | dd of="$work/run/checkpoints/ckpt-00000004.h5" bs=1 conv=notrunc status=none \
      seek=$(($(stat -c %s "$work/run/checkpoints/ckpt-00000004.h5") / 2))
    touch "$work/run/STOP"
    cp -r "$work/run" "$work/before"
    for ranks in 1 2; do
      expect 2 evolve resumed "$ranks" --resume="$work/run/checkpoints/ckpt-00000004.h5" --run-dir "$work/run"
      expect_text resumed "the checkpoint is damaged ($work/run/checkpoints/ckpt-00000004.h5)"
      diff -r "$work/run" "$work/before" || fail "the refused resume changed the folder"
    done
    ;;
  a_refused_resume_changes_nothing)
    run_to_8 "$work/run"
    touch "$work/run/CHECKPOINT"
    cp -r "$work/run" "$work/before"
    checkpoint=$work/run/checkpoints/ckpt-00000004.h5
    expect 2 evolve resumed 2 --resume="$checkpoint" --run-dir "$work/run" --set gp.max_size=21
    expect 2 evolve resumed 2 --resume="$checkpoint" --run-dir "$work/run" --set data.problems=none
    diff -r "$work/run" "$work/before" || fail "the refused resume changed the folder"
    ;;
  fewer_generations_than_reached_are_refused_and_change_nothing)
    run_to_8 "$work/run"
    cp -r "$work/run" "$work/before"
    for mode in --resume --resume=auto; do
      expect 2 evolve resumed 2 $mode --run-dir "$work/run" --generations 7
      expect_text_once resumed "error: run.generations = 7 is below the generation that the checkpoint has reached"
      expect_text resumed "ckpt-00000008.h5): give at least --generations 8"
    done
    diff -r "$work/run" "$work/before" || fail "the refused resume changed the folder"
    expect 0 evolve resumed 1 --resume --run-dir "$work/run" --generations 8
    expect 0 evolve resumed 1 --resume="$work/run/checkpoints/ckpt-00000004.h5" --generations 7
    ;;
  a_lost_configuration_is_never_taken_for_the_default_one)
    straight
    run_to_8 "$work/run"
    rm "$work/run/config.toml"
    cp -r "$work/run" "$work/before"
    for mode in --resume --resume=auto "--resume=$work/run/checkpoints/ckpt-00000004.h5"; do
      expect 2 evolve resumed 2 $mode --run-dir "$work/run"
      expect_text_once resumed "error: the run's configuration is gone ($work/run/config.toml): put it back"
    done
    diff -r "$work/run" "$work/before" || fail "the refused resume changed the folder"
    expect 0 evolve resumed 2 --resume --run-dir "$work/run" --config "$work/run.toml"
    same_outcome "$work/straight" "$work/run"
    ;;
  a_start_that_the_disk_refuses_leaves_no_run)
    # A folder of the temporary file's name: it cannot be written, as on a full disk.
    mkdir -p "$work/run/splits.json.tmp"
    expect 1 evolve first 1 --config "$work/run.toml" --run-dir "$work/run"
    expect_text first "splits.json.tmp"
    rmdir "$work/run/splits.json.tmp"
    expect 0 evolve second 1 --config "$work/run.toml" --run-dir "$work/run"
    ;;
  a_run_of_no_generations_can_go_on)
    expect 0 evolve first 1 --config "$work/run.toml" --run-dir "$work/run" --generations 0
    expect_text first "go on       zcmpi evolve --resume --run-dir $work/run --generations 500"
    straight
    expect 0 evolve resumed 1 --resume --run-dir "$work/run" --generations 12
    same_outcome "$work/straight" "$work/run"
    ;;
  a_refused_start_leaves_no_folder)
    expect 2 evolve first 2 --config "$work/run.toml" --run-dir "$work/run" --set fitness.aggregate=weighted_mean \
      --set 'fitness.weights={ none = 1.0 }'
    [ ! -e "$work/run" ] || fail "a folder was made for a run that never started"
    ;;
  a_named_checkpoint_goes_on_in_its_own_folder)
    straight
    cp -r "$work/straight" "$work/run"
    cd "$work" || exit
    expect 0 evolve resumed 1 --resume="run/checkpoints/ckpt-00000004.h5"
    [ ! -e "$work/runs" ] || fail "the run went on in another folder"
    [ -f "$work/run/checkpoints/ckpt-00000008.h5.superseded" ] || fail "the newer checkpoint was not set aside"
    same_outcome "$work/straight" "$work/run"
    ;;
  a_named_checkpoint_goes_on_in_a_new_folder_with_its_own_settings)
    straight
    cd "$work/straight/checkpoints" || exit
    expect 0 evolve resumed 1 --resume=./ckpt-00000012.h5 --run-dir "$work/branch" --generations 16
    expect 0 evolve longer 1 --config "$work/run.toml" --run-dir "$work/longer" --generations 16
    [ "$(without_times "$work/longer/result.json")" = "$(without_times "$work/branch/result.json")" ] ||
      fail "result.json differs from that of a run that went on in one folder"
    ;;
  requests_left_from_before_stop_nothing)
    mkdir "$work/run"
    touch "$work/run/STOP"
    expect 0 evolve first 1 --config "$work/run.toml" --set gp.population=600 --run-dir "$work/run" --generations 30
    touch "$work/run/STOP" "$work/run/CHECKPOINT"
    expect 0 evolve resumed 1 --resume --run-dir "$work/run" --generations 90
    for file in STOP CHECKPOINT; do [ ! -e "$work/run/$file" ] || fail "$file is still there"; done
    ;;
  the_log_has_its_lines_when_a_terminal_redraws_them)
    TERM=xterm python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
      "${alone[@]}" evolve --data "$work/data" --config "$work/run.toml" --run-dir "$work/run" \
      --set output.log_period_seconds=0.000001 --set migration.epoch_generations=1 \
      >"$work/run.out" </dev/null || fail "exit code $?"
    grep -qF $'\r'"generation 12/12" "$work/run.out" || fail "the terminal's line was not redrawn"
    ! grep -q $'\r' "$work/run/log.txt" || fail "a control character in log.txt"
    [ "$(grep -c " I generation [0-9]*/12  best " "$work/run/log.txt")" -ge 12 ] || fail "$(cat "$work/run/log.txt")"
    ;;
  warnings_are_in_the_log_once)
    sed -i 's/nwot/zen/' "$work/data/space_b.csv"
    expect 0 evolve run 3 --config "$work/run.toml" --run-dir "$work/run" --generations 1
    for file in "$work/run.out" "$work/run/log.txt"; do
      [ "$(grep -c "space/b lacks the terminal 'nwot'" "$file")" -eq 1 ] || fail "not one warning in $file"
    done
    ;;
  other_data_is_refused_by_name)
    run_to_8 "$work/run"
    sed -i '5s/,[^,]*$/,49.5/' "$work/data/space_b.csv"
    expect 2 evolve resumed 2 --resume --run-dir "$work/run" --generations 12
    expect_text resumed "data of space/b ($work/data/space_b.csv): was "
    expect_text resumed "; put the data back as they were, or start a new run"
    ! grep -q "space/a" "$work/resumed.out" || fail "a problem that did not change is named"
    ;;
  another_configuration_is_refused_by_key)
    run_to_8 "$work/run"
    expect 2 evolve resumed 2 --resume --run-dir "$work/run" --set gp.max_size=21 --generations 12
    expect_text resumed "gp.max_size"
    expect 2 evolve resumed 1 --resume --run-dir "$work/run" --seed 6 --generations 12
    expect_text resumed "seed"
    ! grep -q "data of" "$work/resumed.out" || fail "the data are blamed for the seed"
    ;;
  settings_without_effect_may_change)
    straight
    run_to_8 "$work/run"
    expect 0 evolve resumed 1 --resume --run-dir "$work/run" --set checkpoint.generations=3 \
      --set output.log_period_seconds=1 --generations 12
    same_outcome "$work/straight" "$work/run"
    ;;
  another_version_of_the_format_is_refused)
    run_to_8 "$work/run"
    # A python3 that is first in the path may be another one than the system's, for which h5py is installed.
    python=
    for candidate in python3 /usr/bin/python3; do
      if "$candidate" -c 'import h5py' 2>/dev/null; then
        python=$candidate
        break
      fi
    done
    if [ -z "$python" ]; then
      echo "skipped: python3 with h5py is needed to alter a checkpoint"
      exit 77
    fi
    "$python" - "$work"/run/checkpoints/ckpt-*.h5 <<'END'
import sys, h5py
for path in sys.argv[1:]:
    with h5py.File(path, "r+") as f:
        f.attrs["version"] = f.attrs["version"] + 1
END
    expect 2 evolve resumed 1 --resume --run-dir "$work/run" --generations 12
    expect_text resumed "version"
    ;;
  resume_auto_starts_where_nothing_was)
    straight
    expect 0 evolve first 1 --config "$work/run.toml" --resume=auto --run-dir "$work/run" --generations 8
    expect 0 evolve second 1 --config "$work/run.toml" --resume=auto --run-dir "$work/run"
    expect_text second "resumed from ckpt-00000008.h5"
    same_outcome "$work/straight" "$work/run"
    ;;
  resume_auto_starts_anew_with_the_settings_of_a_run_that_was_killed_before_its_first_checkpoint)
    straight
    expect 0 evolve first 1 --config "$work/run.toml" --run-dir "$work/run"
    # What a kill before the first checkpoint leaves.
    rm -r "$work/run/checkpoints" "$work/run"/{latest_checkpoint,result.json,hall_of_fame.csv}
    cp -r "$work/run" "$work/other"
    expect 0 evolve anew 2 --resume=auto --run-dir "$work/run"
    expect_text_once anew "started anew with the folder's own config.toml"
    same_outcome "$work/straight" "$work/run"
    expect 0 evolve overridden 1 --resume=auto --run-dir "$work/other" --generations 5
    grep -q '"generations": 5,' "$work/other/result.json" || fail "--generations did not override config.toml"
    rm -r "$work/other/checkpoints" "$work/other"/{latest_checkpoint,result.json}
    expect 0 evolve named 1 --resume=auto --run-dir "$work/other" --config "$work/run.toml"
    ! grep -qF "started anew" "$work/named.out" || fail "the folder's config.toml is named beside --config"
    same_outcome "$work/straight" "$work/other"
    ;;
  resume_of_nothing_is_an_error)
    expect 2 evolve resumed 2 --config "$work/run.toml" --resume --run-dir "$work/none"
    expect_text resumed "no checkpoint to resume from"
    [ ! -e "$work/none" ] || fail "a folder was made for a run that never started"
    ;;
  a_new_run_does_not_touch_an_old_one)
    run_to_8 "$work/run"
    before=$(cat "$work/run/result.json")
    expect 2 evolve again 1 --config "$work/run.toml" --run-dir "$work/run"
    expect_text again "already holds a run"
    [ "$before" = "$(cat "$work/run/result.json")" ] || fail "the old result changed"
    ;;
  only_the_last_checkpoints_stay)
    expect 0 evolve run 2 --config "$work/run.toml" --set checkpoint.generations=2 --set checkpoint.keep=3 \
      --run-dir "$work/run"
    [ "$(cd "$work/run/checkpoints" && echo ckpt-*)" = "ckpt-00000008.h5 ckpt-00000010.h5 ckpt-00000012.h5" ] ||
      fail "other checkpoints stay: $(ls "$work/run/checkpoints")"
    ;;
  *)
    echo "unknown case: $case_name" >&2
    exit 2
    ;;
esac
