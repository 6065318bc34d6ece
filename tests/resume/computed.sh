#!/bin/bash
# computed.sh ZCMPI CASE: zcmpi features, train, search, and evolve on live problems, on several ranks, stopped and killed. Each case is a test of its own.
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

small=(--space nb201 --batch 8 --cells 1 --channels 4 --resolution 8)

# features OUTPUT RANKS ARGUMENTS...
features() {
  local output=$work/$1.out ranks=$2
  shift 2
  "$mpirun" "$ranks" "$zcmpi" features "${small[@]}" --proxies "${proxies:-all,graph}" "$@" >"$output" 2>&1
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

# A run on a live problem of ARCHITECTURES architectures: run.toml, and accuracies.csv with made-up accuracies.
make_live() {
  "$zcmpi" features --space nb201 --archs "random:$1" --proxies params --batch 1 --out "$work/archs.h5" \
    >"$work/archs.out" 2>&1 || fail "no architectures"
  "$zcmpi" eval params "$work/archs.h5" --values | awk -F , '
    NR == 1 { print "arch,val_accuracy" }
    NR > 1 { print $2 "," 50 + NR * 37 % 41 }' >"$work/accuracies.csv"
  cat >"$work/run.toml" <<'END'
[run]
generations = 4
islands = 3
[data]
problems = []
train_architectures = "all"
[gp]
population = 30
elites = 3
[migration]
epoch_generations = 2
END
  cp "$work/run.toml" "$work/table.toml"
  cat >>"$work/run.toml" <<'END'
[[live]]
space = "nb201"
name = "made_up"
accuracies = "accuracies.csv"
images = "random"
proxies = "all,graph"
batch = 8
cells = 1
channels = 4
resolution = 8
END
}

# evolve OUTPUT RANKS ARGUMENTS...
evolve() {
  local output=$work/$1.out ranks=$2
  shift 2
  "$mpirun" "$ranks" "$zcmpi" evolve "$@" >"$output" 2>&1
}

# The truth: a run on the table that zcmpi features makes.
evolve_on_table() {
  expect 0 features table 1 --archs "$work/accuracies.csv" --accuracies "$work/accuracies.csv" --name made_up \
    --out "$work/nb201_made_up.h5"
  expect 0 evolve on_table 1 --config "$work/table.toml" --set "data.problems=$work/nb201_made_up.h5" \
    --run-dir "$work/table"
}

without_times() { sed '/"wall_seconds"/,$d' "$1"; }

same_outcome() {
  local file
  cmp <(without_times "$1/result.json") <(without_times "$2/result.json") || fail "result.json differs in $1 and $2"
  cmp "$1/hall_of_fame.csv" "$2/hall_of_fame.csv" || fail "hall_of_fame.csv differs in $1 and $2"
  for file in metrics.jsonl migrations.jsonl; do
    cmp <(sort "$1/$file") <(sort "$2/$file") || fail "$file differs in $1 and $2"
  done
}

# ask_when PATTERN REQUEST PROCESS: as soon as a file of that pattern is there, sends the signal REQUEST to the process that
# PROCESS prints or, where REQUEST is a path, makes the file.
ask_when() {
  local pattern=$1 request=$2 i
  shift 2
  for ((i = 0; i < 600; ++i)); do
    compgen -G "$pattern" >/dev/null && break
    sleep 0.02
  done
  case $request in
    /*) touch "$request" ;;
    *) kill "-$request" "$("$@")" ;;
  esac
}

# interrupt_when PATTERN REQUEST COMMAND...: runs zcmpi, asks it as ask_when does, and returns its exit code.
interrupt_when() {
  local pattern=$1 request=$2
  shift 2
  "$zcmpi" "$@" >"$work/interrupted.out" 2>&1 &
  local process=$!
  ask_when "$pattern" "$request" echo "$process"
  wait "$process"
}

# interrupt SIGNAL COMMAND...: into t.h5.
interrupt() {
  local signal=$1
  shift
  interrupt_when "$work/t.h5.cache/*-rank0.h5" "$signal" "$@" --out "$work/t.h5"
}

# interrupt_live SIGNAL|FILE: a run on a live problem, in the folder `run`.
interrupt_live() {
  interrupt_when "$work/run/features/nb201_made_up/*-rank0.h5" "$1" evolve --config "$work/run.toml" --run-dir "$work/run"
}

sought=(--space nb201 --objective "nwot + 0.1 * snip - paths" --batch 8 --cells 1 --channels 4 --resolution 8 --at-a-time 6)

# search OUTPUT RANKS FOLDER ARGUMENTS...
search() {
  local output=$work/$1.out ranks=$2 folder=$work/$3
  shift 3
  "$mpirun" "$ranks" "$zcmpi" search "${sought[@]}" --run-dir "$folder" "$@" >"$output" 2>&1
}

# interrupt_search SIGNAL|FILE ARGUMENTS...: in the folder `run`.
interrupt_search() {
  local request=$1
  shift
  interrupt_when "$work/run/features/*-rank0.h5" "$request" search "${sought[@]}" --run-dir "$work/run" "$@"
}

# All but the seconds.
same_search() {
  local file
  for file in history.csv best.txt; do
    cmp "$work/$1/$file" "$work/$2/$file" || fail "$file differs in $1 and $2"
  done
  cmp <(without_times "$work/$1/search.json") <(without_times "$work/$2/search.json") ||
    fail "search.json differs in $1 and $2"
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

# What the caches in a FOLDER have: kept_architectures FOLDER; kept_values FOLDER COLUMN, a pattern for awk.
kept_architectures() { inspect_caches "$1" | awk '$1 == "architectures" { sum += $2 } END { print sum + 0 }'; }
kept_values() { inspect_caches "$1" | awk -v column="$2" '$1 ~ column { sum += $2 } END { print sum + 0 }'; }
inspect_caches() {
  local file
  for file in "$1"/*-rank*.h5; do
    "$zcmpi" inspect "$file"
  done
}

# killed_goes_on features|train ARCHITECTURES OPTIONS...: sets `kept`, the architectures or trainings that were there
# after the kill; the log of what went on is `resumed`, that of one more is `again`.
killed_goes_on() {
  local command=$1 architectures=$2
  shift 2
  expect 0 "$command" straight 1 --archs "$architectures" --out "$work/straight.h5"
  expect 137 interrupt KILL "$command" "$@" --archs "$architectures"
  [ -e "$work/t.h5" ] && fail "the table is there although the run was killed"
  expect 2 "$command" refused 1 --archs "$architectures" --out "$work/t.h5"
  expect_text refused "go on with --resume"
  kept=$(kept_architectures "$work/t.h5.cache")
  [ "$command" = features ] || kept=$(kept_values "$work/t.h5.cache" '^seed_[0-9]+[.]validation_accuracy$')
  [ "$kept" -gt 0 ] || fail "nothing was kept"
  expect 0 "$command" resumed 2 --archs "$architectures" --out "$work/t.h5" --resume
  same_values "$work/straight.h5" "$work/t.h5"
  expect 0 "$command" again 1 --archs "$architectures" --out "$work/t.h5" --resume
}

case $case_name in
  features_do_not_depend_on_the_number_of_ranks)
    for ranks in 1 2 3; do
      expect 0 features "ranks$ranks" "$ranks" --archs random:12 --out "$work/$ranks.h5"
      same_values "$work/1.h5" "$work/$ranks.h5"
    done
    ;;
  features_killed_go_on_and_compute_nothing_twice)
    killed_goes_on features random:60 "${small[@]}" --proxies all,graph
    expect_text resumed "computed $((60 - kept)) architectures, $kept were there before"
    expect_text again "computed 0 architectures, 60 were there before"
    ;;
  features_stopped_by_a_signal_end_with_75_and_go_on)
    expect 0 features straight 1 --archs random:60 --out "$work/straight.h5"
    expect 75 interrupt TERM features "${small[@]}" --proxies all,graph --archs random:60
    expect_text interrupted "stopped early by signal"
    expect 0 features resumed 2 --archs random:60 --out "$work/t.h5" --resume
    same_values "$work/straight.h5" "$work/t.h5"
    ;;
  features_without_a_library_that_can_be_loaded_are_refused_and_leave_nothing)
    mkdir "$work/broken"
    : >"$work/broken/libzcmpi_torch.so"
    LD_LIBRARY_PATH=$work/broken expect 2 features broken 2 --archs random:5 --out "$work/t.h5"
    expect_text broken "cannot be computed here"
    [ ! -e "$work/t.h5" ] && [ ! -e "$work/t.h5.cache" ] || fail "something was written"
    # What needs no network is computed all the same.
    LD_LIBRARY_PATH=$work/broken "$zcmpi" features --space nb201 --archs random:5 --proxies params,graph \
      --out "$work/t.h5" >"$work/params.out" 2>&1 || fail "params and graph features need no library"
    ;;
  features_of_other_settings_are_refused_with_the_difference)
    expect 0 features first 1 --archs random:3 --out "$work/t.h5"
    expect 2 features other 1 --archs random:3 --out "$work/t.h5" --resume --seed 2
    expect_text other "seed is 1 there and 2 here"
    expect 0 features more 1 --archs random:5 --out "$work/t.h5" --resume
    expect_text more "computed 2 architectures, 3 were there before"
    ;;
  features_of_a_table_that_another_program_works_on_are_refused)
    expect 0 features first 1 --archs random:2 --out "$work/t.h5"
    lock_file=$work/t.h5.cache/zcmpi.lock
    echo "process 12 on node7" >"$lock_file"
    flock "$lock_file" "$mpirun" 1 "$zcmpi" features "${small[@]}" --proxies nwot --archs random:2 --out "$work/t.h5" \
      --resume >"$work/second.out" 2>&1
    [ $? = 2 ] || fail "expected exit code 2"
    expect_text second "another zcmpi works on this table ($work/t.h5): process 12 on node7; wait until it ends"
    ;;
  features_that_a_table_no_longer_has_are_named)
    proxies=nwot,zico,snip expect 0 features first 1 --archs random:5 --out "$work/t.h5"
    proxies=zico expect 0 features fewer 1 --archs random:3 --out "$work/t.h5" --resume
    expect_text fewer "the table no longer has 'nwot', 'snip'"
    expect_text fewer "the table no longer has 2 of its architectures"
    make_live 3
    proxies=zico expect 0 features known 1 --archs random:3 --out "$work/t.h5" --resume \
      --accuracies "$work/accuracies.csv"
    proxies=zico expect 0 features unknown 1 --archs random:3 --out "$work/t.h5" --resume
    expect_text unknown "the table no longer has accuracies"
    ;;
  features_of_graphs_alone_go_on)
    proxies=graph expect 0 features first 1 --archs random:3 --out "$work/t.h5"
    proxies=graph expect 0 features again 2 --archs random:3 --out "$work/t.h5" --resume=auto
    proxies=graph,nwot expect 0 features more 2 --archs random:4 --out "$work/t.h5" --resume
    expect_text more "computed 4 architectures, 0 were there before"
    expect_text more "4 architectures, 70 terminals"
    # What is made of no images has no seed, but the proxies that it would replace have.
    for other in graph,nwot graph; do
      proxies=$other expect 2 features other 1 --archs random:4 --out "$work/t.h5" --seed 2 --resume
      expect_text other "seed is 1 there and 2 here"
    done
    echo damaged >"$work/t.h5"
    proxies=graph,nwot expect 0 features whole 1 --archs random:4 --out "$work/t.h5" --resume
    expect_text whole "computed 0 architectures, 4 were there before"
    expect_text whole "it is made anew"
    proxies=graph expect 0 features less 1 --archs random:4 --out "$work/t.h5" --resume
    expect_text less "the table no longer has 'nwot'"
    # What it was made from is still there, and so are caches of any settings that lie beside those.
    proxies=graph,nwot expect 2 features other 1 --archs random:4 --out "$work/t.h5" --seed 2 --resume
    expect_text other "seed is 1 there and 2 here"
    proxies=graph,nwot expect 0 features same 1 --archs random:4 --out "$work/t.h5" --resume
    expect_text same "computed 0 architectures, 4 were there before"
    proxies=graph,nwot expect 0 features second 1 --archs random:4 --out "$work/second.h5" --seed 2
    cp "$work"/second.h5.cache/*.h5 "$work/t.h5.cache"
    proxies=graph,nwot expect 2 features other 1 --archs random:4 --out "$work/t.h5" --seed 2 --resume
    expect_text other "what was computed before is of other settings ($work/t.h5)"
    expect_text other "seed is 1 there and 2 here"
    ;;
  features_do_not_take_the_place_of_what_others_made)
    make_live 12
    evolve_on_table
    "$zcmpi" import csv "$work/accuracies.csv" --space nb201 --task made --out "$work/imported.h5" >/dev/null ||
      fail "no table"
    expect 0 train trained 1 --archs random:1 --out "$work/trained.h5"
    cp "$work/table/checkpoints/"*4.h5 "$work/checkpoint.h5" || fail "no checkpoint"
    echo mine >"$work/text.h5"
    "$zcmpi" features --space nb301 --archs random:2 --proxies graph --out "$work/other.h5" >/dev/null ||
      fail "no table of another space"
    proxies=nwot expect 0 features own 1 --archs random:2 --out "$work/own.h5"
    cp -r "$work/trained.h5.cache" "$work/trained_cache"
    for file in imported trained checkpoint other; do
      for proxies in graph nwot; do
        cp "$work/$file.h5" "$work/before"
        expect 2 features refused 1 --archs random:2 --out "$work/$file.h5" --resume=auto
        # Nor where caches of the same settings lie.
        rm -rf "$work/$file.h5.cache"
        cp -r "$work/own.h5.cache" "$work/$file.h5.cache"
        expect 2 features refused 1 --archs random:2 --out "$work/$file.h5" --resume=auto
        rm -r "$work/$file.h5.cache"
        cmp "$work/before" "$work/$file.h5" || fail "$file.h5 was changed"
      done
    done
    cp -r "$work/trained_cache" "$work/imported.h5.cache"
    expect 2 train refused 1 --archs random:1 --out "$work/imported.h5" --resume
    expect_text refused "the table is none of nb201 that zcmpi train made"
    rm -r "$work/imported.h5.cache"
    for proxies in graph nwot; do
      expect 2 features refused 1 --archs random:2 --out "$work/text.h5" --resume=auto
    done
    [ "$(cat "$work/text.h5")" = mine ] || fail "text.h5 was changed"
    ;;
  features_whose_caches_are_gone_are_named_with_what_to_do)
    expect 0 features first 1 --archs random:3 --out "$work/t.h5"
    rm -r "$work/t.h5.cache"
    expect 2 features resumed 1 --archs random:3 --out "$work/t.h5" --resume
    expect_text resumed "the table is there ($work/t.h5) without the caches that it was made from"
    expect 2 features plain 1 --archs random:3 --out "$work/t.h5"
    expect_text plain "name another table with --out, or remove it"
    grep -qF -- "--resume" "$work/plain.out" && fail "--resume cannot go on here"
    rm "$work/t.h5"
    expect 0 features plain 1 --archs random:3 --out "$work/t.h5"
    ;;
  features_in_other_folders_are_not_computed_again)
    expect 0 features all 1 --archs random:8 --out "$work/all.h5"
    "$zcmpi" features --space nb201 --archs random:3 --proxies snip,nwot --batch 8 --cells 1 --channels 4 --resolution 8 \
      --out "$work/t.h5" >"$work/part.out" 2>&1 || fail "no features"
    expect 0 features more 2 --archs random:8 --out "$work/more.h5" --cache "$work/t.h5.cache"
    expect_text more "computed 8 architectures, 0 were there before"
    same_values "$work/all.h5" "$work/more.h5"
    expect 0 features again 2 --archs random:8 --out "$work/again.h5" --cache "$work/more.h5.cache" --cache "$work/t.h5.cache"
    expect_text again "computed 0 architectures, 8 were there before"
    same_values "$work/all.h5" "$work/again.h5"
    # Without the other folder, for what it had is here.
    expect 0 features alone 2 --archs random:8 --out "$work/again.h5" --resume
    expect_text alone "computed 0 architectures, 8 were there before"
    expect 0 search first 2 first --evaluations 20
    expect 0 search second 1 second --evaluations 20 --cache "$work/first/features"
    expect_text second "networks computed in this run: 0"
    same_search first second
    # What one rank alone knows, as in a folder of its node, is known to all.
    expect 0 search third 1 third --evaluations 20 : -n 1 "$zcmpi" search "${sought[@]}" --run-dir "$work/third" \
      --evaluations 20 --cache "$work/first/features"
    same_search first third
    expect 0 features other 1 --archs random:3 --seed 2 --out "$work/other.h5" --cache "$work/t.h5.cache"
    expect_text other "seed is 1 there and 2 here"
    expect 0 features requeued 1 --archs random:8 --out "$work/again.h5" --resume --cache "$work/no_such_folder"
    expect 2 features gone 1 --archs random:3 --out "$work/gone.h5" --cache "$work/no_such_folder"
    expect_text gone "there is no folder of feature caches"
    [ ! -e "$work/gone.h5.cache" ] || fail "something was written"
    ;;
  features_that_cannot_be_computed_for_want_of_memory_end_what_reads_them_and_are_tried_again)
    make_live 12
    few=("${small[@]}" --proxies "params,snip" --archs random:12)
    # As where mpirun.sh starts it: each thread takes address space.
    export OMP_NUM_THREADS=1
    # in_little_memory COMMAND...: its exit code is `code`. LibTorch's thread pool waits for ever where a thread is refused.
    in_little_memory() {
      (ulimit -v "$limit" && exec timeout -s KILL 20 "$zcmpi" "$@") >"$work/little.out" 2>&1 && code=0 || code=$?
    }
    # The least address space in which LibTorch can be loaded, and a little more; OpenBLAS and oneDNN want hundreds of MiB.
    for ((limit = 300000; limit < 20000000; limit += 60000)); do
      rm -rf "$work"/t.h5*
      in_little_memory features "${few[@]}" --out "$work/t.h5"
      [ "$code" != 0 ] && ! grep -qF "could not be computed for any" "$work/little.out" || break
    done
    limit=$((limit + 60000))
    rm -rf "$work"/t.h5*
    in_little_memory features "${few[@]}" --out "$work/t.h5"
    [ "$code" = 1 ] || fail "expected exit code 1 where the memory does not suffice, got $code"
    expect_text little "warning: snip is missing for 12 of 12 architectures: the memory does not suffice"
    expect_text little "snip could not be computed for any of 12 architectures (the memory does not suffice)"
    [ ! -e "$work/t.h5" ] || fail "a table without values was written"
    "$zcmpi" features "${few[@]}" --out "$work/t.h5" --resume >"$work/enough.out" 2>&1 || fail "no features"
    expect_text enough "12 of them again, for what had failed before"
    sed -i 's/^proxies = .*/proxies = "params,snip"/' "$work/run.toml"
    in_little_memory evolve --config "$work/run.toml" --run-dir "$work/run"
    [ "$code" = 1 ] || fail "a run on a proxy without values: expected exit code 1, got $code"
    expect_text little "live problem nb201/made_up: snip could not be computed for any of 12 architectures"
    expect 0 evolve again 1 --config "$work/run.toml" --run-dir "$work/run"
    expect_text again "computed 12 architectures, 0 were there before"
    expect 0 evolve straight 1 --config "$work/run.toml" --run-dir "$work/straight"
    same_outcome "$work/straight" "$work/run"
    in_little_memory search "${sought[@]}" --evaluations 40 --run-dir "$work/sought"
    [ "$code" = 1 ] || fail "a search by a proxy without values: expected exit code 1, got $code"
    expect_text little "could not be computed for any of 12 architectures"
    in_little_memory search "${sought[@]}" --evaluations 5 --run-dir "$work/short"
    [ "$code" = 1 ] || fail "a short search by a proxy without values: expected exit code 1, got $code"
    expect_text little "could not be computed for any of 5 architectures"
    expect 0 search straight 1 straight_search --evaluations 40
    for rows in 6 12; do
      cp -r "$work/sought" "$work/with_$rows"
      head -n $((1 + rows)) "$work/straight_search/history.csv" >"$work/with_$rows/history.csv"
      expect 0 search resumed 2 "with_$rows" --evaluations 40 --resume
    done
    expect_text resumed "networks computed in this run: 28"
    same_search straight_search with_6
    expect 0 search resumed 1 sought --evaluations 40 --resume
    same_search straight_search sought
    ;;
  features_on_ranks_that_were_started_for_something_else_are_refused_and_leave_nothing)
    expect 2 features other 1 --archs random:3 --out "$work/t.h5" : -n 1 "$zcmpi" train "${brief[@]}" --archs random:3 \
      --out "$work/t.h5"
    expect_text other "error: rank 1 was started for another run than rank 0: command: train there, features on rank 0"
    expect 2 features other 1 --archs random:3 --out "$work/t.h5" : -n 1 "$zcmpi" features "${small[@]}" \
      --proxies all,graph --archs random:3 --out "$work/u.h5"
    expect_text other "out: $work/u.h5 there, $work/t.h5 on rank 0"
    [ -z "$(compgen -G "$work/[tu].h5*")" ] || fail "something was written"
    ;;
  features_of_networks_with_too_few_classes_are_refused_and_leave_nothing)
    images=(--images "$fashion" --classes 5)
    expect 2 features features 2 --archs random:3 --out "$work/t.h5" "${images[@]}"
    expect 2 search search 2 run --evaluations 20 "${images[@]}"
    make_live 12
    sed -i "s|images = .*|images = \"$fashion\"\nclasses = 5|" "$work/run.toml"
    expect 2 evolve live 2 --config "$work/run.toml" --run-dir "$work/live"
    for command in features search live; do
      expect_text "$command" "networks of 5 classes (--classes, live.classes) are too few: the images have 10"
    done
    [ ! -e "$work/t.h5.cache" ] && [ ! -e "$work/run" ] && [ ! -e "$work/live" ] || fail "something was left"
    ;;
  train_does_not_depend_on_the_number_of_ranks)
    for ranks in 1 2 3; do
      expect 0 train "ranks$ranks" "$ranks" --archs random:4 --out "$work/$ranks.h5"
      same_values "$work/1.h5" "$work/$ranks.h5"
    done
    expect_text ranks1 "tau between the single seeds 1 and 2"
    ;;
  train_killed_goes_on_and_trains_nothing_twice)
    killed_goes_on train random:12 "${brief[@]}"
    expect_text resumed "$((24 - kept)) of 24 trainings to do"
    expect_text again "; 0 of 24 trainings to do"
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
    expect 0 train fewer 1 --archs random:3 --seed 2 --out "$work/limited.h5" --resume
    expect_text fewer "the table no longer has 9 of its architectures"
    expect_text fewer "the table no longer has the trainings of the seeds '1'"
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
  train_refuses_bad_settings_in_one_line_and_leaves_nothing)
    for bad in "--batch 0" "--batch 1" "--batch 4000000000" "--channels 0" "--cells 2000000000" "--epochs 5000000000" "--learning-rate nan" "--learning-rate -1" "--momentum 1" "--weight-decay inf" \
      "--name a/b" "--max-hours -1" "--max-hours nan"; do
      # shellcheck disable=SC2086 # an option and its value
      expect 2 train bad 1 --archs random:2 --out "$work/t.h5" $bad
      [ "$(grep -cE '^(zcmpi: )?error: ' "$work/bad.out")" = 1 ] || fail "$bad: expected one line"
      grep -q "trainings" "$work/bad.out" && fail "$bad: refused only after it had begun"
      [ ! -e "$work/t.h5.cache" ] || fail "$bad: something was left"
    done
    ;;
  train_makes_no_table_when_every_training_diverged)
    expect 2 train diverged 1 --archs random:2 --out "$work/t.h5" --learning-rate 1e30 --batch 50
    expect_text diverged "the loss is not finite"
    [ ! -e "$work/t.h5" ] || fail "a table without architectures was written"
    ;;
  live_problems_give_the_bits_of_their_table_on_any_number_of_ranks)
    make_live 24
    evolve_on_table
    for ranks in 1 2 3; do
      expect 0 evolve "ranks$ranks" "$ranks" --config "$work/run.toml" --run-dir "$work/on_$ranks"
      expect_text "ranks$ranks" "live problem nb201/made_up: computed 24 architectures, 0 were there before"
      same_outcome "$work/table" "$work/on_$ranks"
    done
    ;;
  live_problems_and_tables_go_together)
    make_live 12
    evolve_on_table
    sed -i 's/name = "made_up"/name = "again"/' "$work/run.toml"
    expect 0 evolve mixed 2 --config "$work/run.toml" --set "data.problems=$work/nb201_made_up.h5" --run-dir "$work/run"
    for problem in nb201/made_up nb201/again; do
      grep -q "\"problem\": \"$problem\"" "$work/run/result.json" || fail "$problem is not in the result"
    done
    ;;
  live_problems_stopped_by_a_signal_end_with_75_and_go_on)
    make_live 60
    evolve_on_table
    expect 75 interrupt_live TERM
    expect_text interrupted "stopped early, before the first generation"
    [ ! -e "$work/run/config.toml" ] || fail "the run looks as if it had begun"
    expect 2 evolve resumed 1 --config "$work/run.toml" --run-dir "$work/run" --resume
    expect_text resumed "no checkpoint to resume from"
    kept=$(kept_architectures "$work/run/features/nb201_made_up")
    [ "$kept" -gt 0 ] || fail "nothing was kept"
    expect 0 evolve auto 2 --config "$work/run.toml" --run-dir "$work/run" --resume=auto
    expect_text auto "computed $((60 - kept)) architectures, $kept were there before"
    same_outcome "$work/table" "$work/run"
    ;;
  live_problems_killed_go_on_in_a_plain_rerun)
    make_live 60
    evolve_on_table
    expect 137 interrupt_live KILL
    kept=$(kept_architectures "$work/run/features/nb201_made_up")
    [ "$kept" -gt 0 ] || fail "nothing was kept"
    expect 0 evolve again 2 --config "$work/run.toml" --run-dir "$work/run"
    expect_text again "computed $((60 - kept)) architectures, $kept were there before"
    same_outcome "$work/table" "$work/run"
    ;;
  live_problems_stop_by_time_and_by_file)
    make_live 60
    expect 75 evolve limit 2 --config "$work/run.toml" --run-dir "$work/run" --max-hours 0.000001
    rm -r "$work/run"
    expect 75 interrupt_live "$work/run/STOP"
    [ ! -e "$work/run/STOP" ] || fail "the STOP file is still there"
    touch "$work/run/STOP"
    expect 0 evolve again 1 --config "$work/run.toml" --run-dir "$work/run"
    [ ! -e "$work/run/STOP" ] || fail "a request from before is still there"
    ;;
  live_problems_stop_by_a_file_that_comes_while_the_last_is_computed)
    make_live 4
    # Large enough that an architecture takes half a second or more.
    sed -i 's/^batch = .*/batch = 64/; s/^cells = .*/cells = 5/; s/^channels = .*/channels = 16/
      s/^resolution = .*/resolution = 32/; s/^proxies = .*/proxies = "snip,grasp"/' "$work/run.toml"
    sed '$ a architectures = "random:3"' "$work/run.toml" >"$work/three.toml"
    expect 0 evolve three 1 --config "$work/three.toml" --run-dir "$work/three"
    sed -i "\$ a caches = [\"$work/three/features/nb201_made_up\"]" "$work/run.toml"
    OMP_NUM_THREADS=1 "$zcmpi" evolve --config "$work/run.toml" --run-dir "$work/run" --generations 1000000 \
      >"$work/run.out" 2>&1 &
    process=$!
    until grep -q "live problem nb201/made_up: 4 architectures" "$work/run.out"; do
      kill -0 "$process" || fail "the run ended before it computed anything"
      sleep 0.02
    done
    sleep 0.4
    touch "$work/run/STOP"
    wait "$process" && code=0 || code=$?
    [ "$code" -eq 75 ] || fail "expected exit code 75 after STOP, got $code"
    expect_text run "computed 1 architecture, 3 were there before"
    grep -q '"stopped_by": "stop_file"' "$work/run/result.json" || fail "the request to stop was lost"
    [ ! -e "$work/run/STOP" ] || fail "the STOP file is still there"
    # One from before is no request to a run that goes on, though it has to compute features first.
    rm -r "$work/run/features"
    touch "$work/run/STOP"
    expect 0 evolve resumed 1 --run-dir "$work/run" --resume --generations 4
    expect_text resumed "computed 1 architecture, 3 were there before"
    [ ! -e "$work/run/STOP" ] || fail "a request from before is still there"
    ;;
  live_problems_are_not_computed_again_at_resume)
    make_live 12
    expect 0 evolve first 2 --config "$work/run.toml" --run-dir "$work/run" --generations 2
    cd / && expect 0 evolve resumed 3 --resume --run-dir "$work/run" --generations 4
    expect_text resumed "live problem nb201/made_up: computed 0 architectures, 12 were there before"
    expect 0 evolve straight 1 --config "$work/run.toml" --run-dir "$work/straight"
    same_outcome "$work/straight" "$work/run"
    ;;
  live_problems_of_other_settings_are_refused_at_resume_before_anything_is_computed)
    make_live 12
    expect 0 evolve first 1 --config "$work/run.toml" --run-dir "$work/run"
    cp -r "$work/run" "$work/before"
    for change in 's/batch = 8/batch = 9/' 's/proxies = .*/proxies = "nbsz"/' '$ a architectures = "random:11"'; do
      sed "$change" "$work/run.toml" >"$work/other.toml"
      expect 2 evolve other 2 --config "$work/other.toml" --run-dir "$work/run" --resume
      expect_text other "the checkpoint belongs to another run"
      diff -r "$work/run" "$work/before" || fail "the refused resume changed the folder"
    done
    # The same data elsewhere are the same run.
    mkdir "$work/elsewhere"
    mv "$work/accuracies.csv" "$work/run.toml" "$work/elsewhere"
    expect 0 evolve moved 1 --config "$work/elsewhere/run.toml" --run-dir "$work/run" --resume --generations 5
    ;;
  live_problems_beside_other_data_are_refused_at_resume_before_anything_is_computed)
    make_live 12
    expect 0 features table 1 --archs "$work/accuracies.csv" --accuracies "$work/accuracies.csv" --name table \
      --out "$work/nb201_table.h5"
    sed -i "s|^problems = .*|problems = [\"$work/nb201_table.h5\"]|" "$work/run.toml"
    sed '/^\[\[live\]\]/,$!d; s/made_up/second/; s/all,graph/graph/' "$work/run.toml" >"$work/second.toml"
    cat "$work/second.toml" >>"$work/run.toml"
    expect 0 evolve first 1 --config "$work/run.toml" --run-dir "$work/run"
    # What is not known without them has to be computed for a resume that is not refused.
    rm -r "$work/run/features"
    touch "$work/run/STOP"
    cp -r "$work/run" "$work/before"
    awk '/^\[\[live\]\]/ { ++live } { part[live + 0] = part[live + 0] $0 "\n" } END { printf "%s%s%s", part[0], part[2], part[1] }' \
      "$work/run.toml" >"$work/order.toml"
    expect 2 evolve order 1 --config "$work/order.toml" --run-dir "$work/run" --resume
    expect_text order "live problems: was nb201/made_up,nb201/second, is nb201/second,nb201/made_up; resume with"
    sed 's/,5\([0-9]\)$/,6\1/' "$work/accuracies.csv" >"$work/others.csv"
    expect 0 features changed 1 --archs "$work/accuracies.csv" --accuracies "$work/others.csv" --name table \
      --out "$work/changed.h5"
    mv "$work/changed.h5" "$work/nb201_table.h5"
    expect 2 evolve other 2 --config "$work/run.toml" --run-dir "$work/run" --resume
    expect_text other "data of nb201/table ($work/nb201_table.h5): was"
    diff -r "$work/run" "$work/before" || fail "the refused resume changed the folder"
    ;;
  live_problems_of_graph_features_alone_need_no_device)
    make_live 12
    sed -i 's/^proxies = .*/proxies = "graph"/' "$work/run.toml"
    SLURM_GPUS_ON_NODE=2 expect 0 evolve graphs 1 --config "$work/run.toml" --run-dir "$work/run"
    expect_text graphs "formulas are computed on the host"
    ! grep -qF "networks are computed on the host" "$work/graphs.out" || fail "there are no networks"
    "$zcmpi" inspect "$work/run/checkpoints/ckpt-00000004.h5" >"$work/header.out" || fail "no checkpoint"
    ! grep -qF "device of" "$work/header.out" || fail "the device says nothing of graphs"
    ;;
  live_problems_of_other_settings_do_not_share_a_cache)
    make_live 60
    expect 75 interrupt_live TERM
    sed -i 's/batch = 8/batch = 9/' "$work/run.toml"
    expect 0 evolve other 1 --config "$work/run.toml" --run-dir "$work/run"
    expect_text other "computed 60 architectures, 0 were there before"
    expect_text other "are of other settings and not used: batch is 8 there and 9 here"
    ;;
  live_problems_take_what_other_runs_have_computed)
    make_live 12
    expect 0 evolve first 2 --config "$work/run.toml" --run-dir "$work/first"
    sed "\$ a caches = [\"first/features/nb201_made_up\"]" "$work/run.toml" >"$work/second.toml"
    expect 0 evolve second 2 --config "$work/second.toml" --seed 2 --run-dir "$work/second"
    expect_text second "live problem nb201/made_up: computed 0 architectures, 12 were there before"
    expect 0 evolve straight 1 --config "$work/run.toml" --seed 2 --run-dir "$work/straight"
    same_outcome "$work/straight" "$work/second"
    # A run that goes on has all it needs.
    rm -r "$work/first" "$work/straight"
    expect 0 evolve resumed 1 --resume --run-dir "$work/second" --generations 6
    expect_text resumed "live problem nb201/made_up: computed 0 architectures, 12 were there before"
    # One that branches off takes them along; one whose features are gone computes them again, or has them elsewhere.
    expect 0 evolve branch 1 "--resume=$work/second/checkpoints/ckpt-00000004.h5" --run-dir "$work/branch" --generations 6
    expect_text branch "live problem nb201/made_up: computed 0 architectures, 12 were there before"
    # What is there already is some of it.
    sed "\$ a architectures = \"random:11\"" "$work/run.toml" >"$work/some.toml"
    expect 0 evolve some 2 --config "$work/some.toml" --run-dir "$work/some"
    mkdir "$work/part"
    cp -r "$work/some/features" "$work/part"
    expect 0 evolve part 1 "--resume=$work/second/checkpoints/ckpt-00000004.h5" --run-dir "$work/part" --generations 6
    expect_text part "live problem nb201/made_up: computed 0 architectures, 12 were there before"
    sed "\$ a caches = [\"gone\", \"branch/features/nb201_made_up\"]" "$work/run.toml" >"$work/third.toml"
    rm -r "$work/second/features"
    expect 0 evolve elsewhere 1 --config "$work/third.toml" --seed 2 --resume --run-dir "$work/second" --generations 8
    expect_text elsewhere "live problem nb201/made_up: computed 0 architectures, 12 were there before"
    expect 2 evolve gone 1 --config "$work/second.toml" --run-dir "$work/gone"
    expect_text gone "live problem nb201/made_up: there is no folder of feature caches"
    [ ! -e "$work/gone" ] || fail "a folder was made"
    ;;
  live_problems_that_cannot_be_are_refused_and_leave_no_folder)
    make_live 12
    refuse() {
      sed "$1" "$work/run.toml" >"$work/other.toml"
      expect 2 evolve refused 2 --config "$work/other.toml" --run-dir "$work/run"
      expect_text refused "$2"
      [ ! -e "$work/run" ] || fail "a folder was made for a run that never started"
    }
    refuse 's/images = .*/images = "absent.bin"/' "absent.bin"
    refuse 's/accuracies = .*/accuracies = "absent.csv"/' "absent.csv"
    refuse '$ a architectures = "random:99:5"' "12 architectures have an accuracy"
    refuse '$ a architectures = "all"' "live problem nb201/made_up: no accuracy is known of"
    refuse 's/accuracies = .*/accuracies = "archs.h5"/' "live problem nb201/made_up: the problem has features only"
    refuse 's/train_architectures = .*/train_architectures = 13/' "too few architectures to train on"
    refuse '/\[gp\]/ i terminals = ["zen", "absent"]' "absent"
    ;;
  search_does_not_depend_on_the_number_of_ranks)
    for algorithm in evolution local random; do
      for ranks in 1 2 3; do
        expect 0 search "ranks$ranks" "$ranks" "$algorithm$ranks" --algorithm "$algorithm" --evaluations 80
        same_search "${algorithm}1" "$algorithm$ranks"
        [ "$(grep -c '"backend": "LibTorch"' "$work/$algorithm$ranks/environment.json")" = "$ranks" ] ||
          fail "environment.json has not each of $ranks ranks"
      done
      [ "$(wc -l <"$work/${algorithm}1/history.csv")" = 81 ] || fail "expected 80 evaluations"
    done
    ;;
  search_has_the_values_that_eval_prints)
    expect 0 search first 2 run --evaluations 30
    # The same architectures, by other commands: nb201's have no commas.
    tail -n +2 "$work/run/history.csv" | cut -d , -f 2 >"$work/archs.txt"
    "$zcmpi" features --space nb201 --archs "$work/archs.txt" --proxies nwot,snip,graph --batch 8 --cells 1 --channels 4 \
      --resolution 8 --out "$work/t.h5" >"$work/features.out" 2>&1 || fail "no features"
    "$zcmpi" eval "${sought[3]}" "$work/t.h5" --values >"$work/values.csv" 2>"$work/eval.out" || fail "no values"
    cmp <(tail -n +2 "$work/values.csv" | cut -d , -f 2,3) <(tail -n +2 "$work/run/history.csv" | cut -d , -f 2,3) ||
      fail "the values differ"
    # The best ones are for train and features.
    "$zcmpi" features --space nb201 --archs "$work/run/best.txt" --proxies params --out "$work/best.h5" \
      >"$work/best.out" 2>&1 || fail "best.txt is not taken"
    expect_text best "10 architectures"
    ;;
  search_killed_goes_on_and_computes_nothing_twice)
    expect 0 search straight 1 straight --evaluations 200
    expect 137 interrupt_search KILL --evaluations 200
    [ -e "$work/run/search.json" ] && fail "there is a result although the search was killed"
    kept=$(kept_architectures "$work/run/features")
    [ "$kept" -gt 0 ] || fail "nothing was kept"
    expect 2 search refused 1 run --evaluations 200
    expect_text refused "the folder holds a search"
    expect 0 search resumed 2 run --evaluations 200 --resume
    expect_text resumed "networks computed in this run: $((200 - kept))"
    same_search straight run
    expect 0 search again 1 run --evaluations 200 --resume=auto
    expect_text again "networks computed in this run: 0"
    same_search straight run
    ;;
  search_stops_by_signal_and_file_and_time_and_goes_on)
    expect 0 search straight 1 straight --evaluations 800
    for request in TERM "$work/run/STOP"; do
      rm -rf "$work/run"
      expect 75 interrupt_search "$request" --evaluations 800
      expect_text interrupted "--resume goes on"
      [ ! -e "$work/run/STOP" ] || fail "the STOP file is still there"
      grep -q '"stopped_by": "\(signal\|stop_file\)"' "$work/run/search.json" || fail "no reason in search.json"
      expect 0 search resumed 2 run --evaluations 800 --resume
      same_search straight run
    done
    # One rank of three gets the signal; rank 0 finds the file.
    last_rank() { pgrep -f "search .*--run-dir $work/many" | tail -n 1; }
    for request in USR1 "$work/many/STOP"; do
      rm -rf "$work/many"
      search many 3 many --evaluations 800 &
      job=$!
      ask_when "$work/many/features/*-rank1.h5" "$request" last_rank
      wait "$job"
      [ $? -eq 75 ] || fail "$request: three ranks did not end with 75"
      expect 0 search resumed 2 many --evaluations 800 --resume
      same_search straight many
    done
    expect 75 search limited 2 limited --evaluations 800 --max-hours 1e-9
    expect_text limited "stopped early by max_hours"
    expect 0 search resumed 1 limited --evaluations 800 --resume=auto
    same_search straight limited
    ;;
  search_goes_on_with_more_evaluations)
    expect 0 search short 1 run --evaluations 60
    cp "$work/run/history.csv" "$work/short.csv"
    expect 0 search longer 2 run --evaluations 90 --resume
    expect_text longer "90 architectures evaluated"
    expect_text longer "networks computed in this run: 30"
    cmp "$work/short.csv" <(head -n 61 "$work/run/history.csv") || fail "the longer search does not begin like the shorter"
    expect 0 search straight 1 straight --evaluations 90
    same_search straight run
    ;;
  search_of_other_settings_is_refused_with_the_difference)
    expect 0 search first 1 run --evaluations 20
    cp -r "$work/run" "$work/before"
    expect 2 search other 2 run --evaluations 20 --resume --tournament 3
    expect_text other "tournament is 10 there and 3 here"
    expect 2 search other 2 run --evaluations 20 --resume --seed 2
    expect_text other "seed is 1 there and 2 here"
    diff -r "$work/run" "$work/before" || fail "the refused resume changed the folder"
    expect 2 search nothing 1 nothing --evaluations 20 --resume
    expect_text nothing "there is no search to go on with"
    [ ! -e "$work/nothing" ] || fail "a folder was made"
    expect 0 search automatic 1 automatic --evaluations 20 --resume=auto
    same_search run automatic
    ;;
  search_standardises_by_the_space_itself)
    expect 0 search first 1 first --evaluations 20 --transform standardised
    expect_text first "standardised by 100 architectures drawn from the space"
    expect 0 search second 2 second --evaluations 20 --transform standardised
    same_search first second
    # By the same architectures, as eval does: of these the values are the same.
    "$zcmpi" features --space nb201 --archs random:100 --proxies nwot,snip,graph --batch 8 --cells 1 --channels 4 \
      --resolution 8 --out "$work/t.h5" >"$work/features.out" 2>&1 || fail "no features"
    "$zcmpi" eval "${sought[3]}" "$work/t.h5" --transform standardised --values >"$work/values.csv" || fail "no values"
    expect 0 search all 1 all --evaluations 400 --transform standardised --algorithm random
    tail -n +2 "$work/values.csv" | cut -d , -f 2,3 | LC_ALL=C sort >"$work/evaluated.txt"
    tail -n +2 "$work/all/history.csv" | cut -d , -f 2,3 | LC_ALL=C sort >"$work/searched.txt"
    LC_ALL=C join -t , "$work/evaluated.txt" "$work/searched.txt" >"$work/both.txt"
    [ -s "$work/both.txt" ] || fail "no architecture in common"
    awk -F , '$2 != $3 { exit 1 }' "$work/both.txt" || fail "the values differ"
    ;;
  search_stopped_while_it_standardises_goes_on)
    standardised=(--evaluations 40 --transform standardised)
    expect 0 search straight 1 straight "${standardised[@]}"
    expect 75 search limited 2 run "${standardised[@]}" --max-hours 1e-9
    expect_text limited "0 architectures evaluated"
    # The first file is written after the first of the 100 networks, and the signal comes while the others are computed.
    expect 75 interrupt_search TERM "${standardised[@]}" --resume
    kept=$(kept_architectures "$work/run/features")
    [ "$kept" -gt 0 ] || fail "nothing was kept"
    expect 0 search resumed 1 run "${standardised[@]}" --resume
    same_search straight run
    ;;
  search_whose_cache_is_damaged_says_so_and_computes_it_again)
    expect 0 search straight 1 straight --evaluations 40
    expect 0 search first 2 run --evaluations 20
    damaged=$(compgen -G "$work/run/features/*-rank1.h5")
    cp "$damaged" "$work/whole.h5"
    head -c $(($(wc -c <"$damaged") / 2)) "$work/whole.h5" >"$damaged"
    for ranks in 1 2; do
      expect 2 search refused "$ranks" run --evaluations 40 --resume
      expect_text refused "$damaged"
      expect_text refused "remove the file, and what it held is computed again"
    done
    # No folder is made for a search that would take over what is damaged.
    mkdir "$work/other"
    cp "$damaged" "$work/other"
    expect 2 search refused 1 never --evaluations 20 --cache "$work/other"
    expect_text refused "the feature cache is damaged ($work/other/"
    [ ! -e "$work/never" ] || fail "a folder was made"
    rm "$damaged"
    expect 0 search resumed 2 run --evaluations 40 --resume
    same_search straight run
    ;;
  search_that_is_stopped_again_keeps_its_results)
    expect 0 search first 1 run --evaluations 60
    # As after a kill between two of the files.
    rm "$work/run/best.txt" "$work/run/search.json"
    cp "$work/run/history.csv" "$work/history.csv"
    expect 75 search stopped 1 run --evaluations 100 --resume --max-hours 1e-9
    cmp "$work/history.csv" "$work/run/history.csv" || fail "the stopped search took away what was there"
    expect 2 search fewer 1 run --evaluations 30 --resume
    expect_text fewer "--evaluations 30 is below what the search has made"
    expect 0 search resumed 1 run --evaluations 100 --resume
    expect 0 search straight 1 straight --evaluations 100
    same_search straight run
    ;;
  *)
    fail "unknown case $case_name"
    ;;
esac
