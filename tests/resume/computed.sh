#!/bin/bash
# computed.sh ZCMPI CASE: zcmpi features and train on several ranks, stopped and killed. Each case is a test of its own.
set -u

zcmpi=$1
case_name=$2
mpirun=$(cd "$(dirname "$0")" && pwd)/../mpi/mpirun.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  tail -n 20 "$work"/*.out >&2
  exit 1
}

small=(--space nb201 --proxies "all,graph" --batch 8 --cells 1 --channels 4 --resolution 8)

# features OUTPUT RANKS ARGUMENTS...
features() {
  local output=$work/$1.out ranks=$2
  shift 2
  "$mpirun" "$ranks" "$zcmpi" features "${small[@]}" "$@" >"$output" 2>&1
}

fashion=/usr/share/datasets/fashion-mnist
brief=(--space nb201 --images "$fashion" --training-images 100 --validation-images "$fashion/t10k-images-idx3-ubyte.gz"
  --epochs 1 --seeds 2 --cells 1 --channels 4 --resolution 8)

# train OUTPUT RANKS ARGUMENTS...
train() {
  local output=$work/$1.out ranks=$2
  shift 2
  "$mpirun" "$ranks" "$zcmpi" train "${brief[@]}" "$@" >"$output" 2>&1
}

# interrupt SIGNAL COMMAND...: runs zcmpi into t.h5, sends the signal as soon as something is kept, and returns its exit
# code.
interrupt() {
  local signal=$1 i
  shift
  "$zcmpi" "$@" --out "$work/t.h5" >"$work/interrupted.out" 2>&1 &
  local process=$!
  for ((i = 0; i < 600; ++i)); do
    compgen -G "$work/t.h5.cache/*-rank0.h5" >/dev/null && break
    sleep 0.02
  done
  kill "-$signal" "$process"
  wait "$process"
}

expect() {
  local wanted=$1
  shift
  "$@"
  local code=$?
  [ "$code" -eq "$wanted" ] || fail "expected exit code $wanted, got $code: $*"
}

expect_text() { grep -qF -- "$2" "$work/$1.out" || fail "expected in the output of $1: $2"; }

# The digest covers architectures, features and accuracies, not seconds.
digest() { "$zcmpi" inspect "$1" | grep '  digest:'; }
same_values() { [ "$(digest "$1")" = "$(digest "$2")" ] || fail "the values of $1 and $2 differ"; }

case $case_name in
  features_do_not_depend_on_the_number_of_ranks)
    for ranks in 1 2 3; do
      expect 0 features "ranks$ranks" "$ranks" --archs random:12 --out "$work/$ranks.h5"
      same_values "$work/1.h5" "$work/$ranks.h5"
    done
    ;;
  features_killed_go_on_and_compute_nothing_twice)
    expect 0 features straight 1 --archs random:60 --out "$work/straight.h5"
    expect 137 interrupt KILL features "${small[@]}" --archs random:60
    [ -e "$work/t.h5" ] && fail "the table is there although the run was killed"
    expect 2 features refused 1 --archs random:60 --out "$work/t.h5"
    expect_text refused "go on with --resume"
    expect 0 features resumed 2 --archs random:60 --out "$work/t.h5" --resume
    grep -q 'computed 60 architectures' "$work/resumed.out" && fail "all was computed again"
    same_values "$work/straight.h5" "$work/t.h5"
    expect 0 features again 1 --archs random:60 --out "$work/t.h5" --resume
    expect_text again "computed 0 architectures, 60 were there before"
    ;;
  features_stopped_by_a_signal_end_with_75_and_go_on)
    expect 0 features straight 1 --archs random:60 --out "$work/straight.h5"
    expect 75 interrupt TERM features "${small[@]}" --archs random:60
    expect_text interrupted "stopped early by signal"
    expect 0 features resumed 2 --archs random:60 --out "$work/t.h5" --resume
    same_values "$work/straight.h5" "$work/t.h5"
    ;;
  features_of_other_settings_are_refused_with_the_difference)
    expect 0 features first 1 --archs random:3 --out "$work/t.h5"
    expect 2 features other 1 --archs random:3 --out "$work/t.h5" --resume --seed 2
    expect_text other "seed is 1 there and 2 here"
    expect 0 features more 1 --archs random:5 --out "$work/t.h5" --resume
    expect_text more "computed 2 architectures, 3 were there before"
    ;;
  train_does_not_depend_on_the_number_of_ranks)
    for ranks in 1 2 3; do
      expect 0 train "ranks$ranks" "$ranks" --archs random:4 --out "$work/$ranks.h5"
      same_values "$work/1.h5" "$work/$ranks.h5"
    done
    expect_text ranks1 "tau between the single seeds 1 and 2"
    ;;
  train_killed_goes_on_and_trains_nothing_twice)
    expect 0 train straight 1 --archs random:12 --out "$work/straight.h5"
    expect 137 interrupt KILL train "${brief[@]}" --archs random:12
    [ -e "$work/t.h5" ] && fail "the table is there although the run was killed"
    expect 2 train refused 1 --archs random:12 --out "$work/t.h5"
    expect_text refused "go on with --resume"
    expect 0 train resumed 2 --archs random:12 --out "$work/t.h5" --resume
    grep -q '24 of 24 trainings to do' "$work/resumed.out" && fail "all was trained again"
    same_values "$work/straight.h5" "$work/t.h5"
    expect 0 train again 1 --archs random:12 --out "$work/t.h5" --resume
    expect_text again "0 of 24 trainings to do"
    ;;
  train_stopped_by_a_signal_ends_with_75_and_goes_on)
    expect 0 train straight 1 --archs random:12 --out "$work/straight.h5"
    expect 75 interrupt TERM train "${brief[@]}" --archs random:12
    expect_text interrupted "stopped early by signal"
    expect 0 train resumed 2 --archs random:12 --out "$work/t.h5" --resume
    same_values "$work/straight.h5" "$work/t.h5"
    expect 75 train limited 1 --archs random:12 --out "$work/limited.h5" --max-hours 1e-9
    expect_text limited "stopped early by max_hours"
    expect 0 train resumed 1 --archs random:12 --out "$work/limited.h5" --resume
    same_values "$work/straight.h5" "$work/limited.h5"
    ;;
  train_of_other_settings_is_refused_with_the_difference)
    expect 0 train first 1 --archs random:2 --out "$work/t.h5"
    expect 2 train other 1 --archs random:2 --out "$work/t.h5" --resume --batch 50
    expect_text other "batch is 128 there and 50 here"
    expect 2 train nothing 1 --archs random:2 --out "$work/u.h5" --resume
    expect_text nothing "there is nothing to go on from"
    expect 0 train automatic 1 --archs random:2 --out "$work/u.h5" --resume=auto
    same_values "$work/t.h5" "$work/u.h5"
    expect 2 train unknown 1 --archs random:2 --out "$work/u.h5" --resume=later
    expect_text unknown "expected --resume or --resume=auto"
    expect 0 train more 1 --archs random:3 --out "$work/t.h5" --resume
    expect_text more "2 of 6 trainings to do"
    ;;
  *)
    fail "unknown case $case_name"
    ;;
esac
