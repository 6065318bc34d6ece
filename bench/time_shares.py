#!/usr/bin/env python3
"""What of a run's time goes to each phase.

    bench/time_shares.py --zcmpi build/release/src/zcmpi --generations 100 2100 -- --config nbsz13 --data DIR
    bench/time_shares.py --zcmpi build/release/src/zcmpi --generations 20000 --folder runs/shares --ranks 2 -- ...

With two numbers of generations the shares are of what `phase_seconds` of result.json grows by from the shorter to the
longer run: of the generations alone, without the start and the report. With one they are of the whole run. What is
behind `--` goes to `zcmpi evolve`. Medians over --seeds. Runs are made in memory; --folder names a place on a disk, where
checkpoints wait for it.
"""
import argparse
import os
import shutil
import statistics

import tables

# Neither evaluation nor ranking: what a generation costs besides. `rest` has metrics and progress.
BREEDING = ["variation", "rest"]


def seconds_by_phase(arguments, generations, seed):
    with tables.run_folder() as work:
        run_dir = os.path.join(arguments.folder or work, f"shares-{seed}-{generations}")
        command = [arguments.zcmpi, "evolve", "--run-dir", run_dir, "--generations", str(generations), "--seed", str(seed),
                   *arguments.rest]
        if arguments.ranks > 1:
            command = ["mpirun", "--oversubscribe", "-n", str(arguments.ranks), *command]
        tables.run(command)
        phases = tables.read_result(run_dir)["phase_seconds"]
        shutil.rmtree(run_dir)
        return phases


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zcmpi", required=True, help="the program")
    parser.add_argument("--generations", type=int, nargs="+", required=True, help="one number or two")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--folder", help="where the runs' folders are made, and removed again")
    parser.add_argument("rest", nargs="*", metavar="-- OPTION", help="options of zcmpi evolve")
    arguments = parser.parse_args()
    if len(arguments.generations) > 2:
        parser.error("--generations takes one number or two")

    runs = []
    for seed in arguments.seeds:
        phases = seconds_by_phase(arguments, max(arguments.generations), seed)
        if len(arguments.generations) > 1:
            shorter = seconds_by_phase(arguments, min(arguments.generations), seed)
            phases = {phase: seconds - shorter[phase] for phase, seconds in phases.items()}
        runs.append(phases)

    def share(phases):
        return statistics.median(100 * sum(run[phase] for phase in phases) / sum(run.values()) for run in runs)

    print(f"seconds: {statistics.median(sum(run.values()) for run in runs):.1f}")
    for phase in runs[0]:
        print(f"{phase:20} {share([phase]):5.1f} %")
    print(f"{' + '.join(BREEDING):20} {share(BREEDING):5.1f} %")


if __name__ == "__main__":
    main()
