#!/usr/bin/env python3
"""Formulas per second of a whole `zcmpi evolve` on one core beside a DEAP program, in one run.

    bench/side_by_side.py --zcmpi build/release/src/zcmpi --peer deap_baseline.py [--data DIR]

The peer is a script that takes N_ARCHITECTURES POPULATION GENERATIONS and prints `... evals E in S s ...`: symbolic
regression with DEAP whose fitness is SciPy's kendalltau. zcmpi's figure is evaluations / wall_seconds of its
result.json: variation, duplicates, ranking, bookkeeping, loading and the final report included; a duplicate that was
not evaluated does not count. Both select by tournaments of five. They are run in turn, and the ratio is taken pair by
pair; medians are printed.

Tables: nb201_cifar10.csv of --data where it is there, else a generated one with 13 terminals.
"""
import argparse
import csv
import json
import math
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile

TERMINALS = ["epe_nas", "fisher", "flops", "grad_norm", "grasp", "jacov", "l2_norm", "nwot", "params", "plain", "snip",
             "synflow", "zen"]


def generate_table(path, rows):
    """A table of random terminals, log-normal as many proxies are, with an accuracy that depends on three of them."""
    draw = random.Random(0)
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["arch", *TERMINALS, "val_accuracy"])
        for row in range(rows):
            x = [draw.lognormvariate(0, 1) for _ in TERMINALS]
            accuracy = 0.5 * math.log(x[0]) + x[1] / (1 + x[2]) + draw.gauss(0, 1)
            table.writerow([f"net{row}", *x, accuracy])


def run(command):
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
                       OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def peer_rate(python, script, architectures, population, generations):
    output = run([python, script, str(architectures), str(population), str(generations)])
    evaluations, seconds = re.search(r"evals (\d+) in ([\d.]+)s", output).groups()
    return int(evaluations) / float(seconds)


def zcmpi_rate(program, folder, architectures, generations):
    with tempfile.TemporaryDirectory() as work:
        run([program, "evolve", "--data", folder, "--run-dir", f"{work}/run", "--generations", str(generations),
             "--islands", "1", "--set", 'data.problems=["nb201_cifar10"]', "--set",
             f"data.train_architectures={architectures}", "--set", "gp.selection=tournament"])
        with open(f"{work}/run/result.json", encoding="utf-8") as file:
            result = json.load(file)
    return result["evaluations"] / result["wall_seconds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--zcmpi", required=True, help="the program")
    parser.add_argument("--peer", required=True, help="the DEAP script")
    parser.add_argument("--python", default="/usr/bin/python3", help="a Python with DEAP and SciPy")
    parser.add_argument("--data", default="", help="folder with nb201_cifar10.csv")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of runs [5]")
    options = parser.parse_args()
    # Architectures, generations of zcmpi, population and generations of the peer: some seconds each.
    cases = [(100, 3000, 300, 5), (1000, 500, 150, 4), (4722, 120, 60, 3)]
    with tempfile.TemporaryDirectory() as generated:
        folder = options.data
        if not os.path.exists(os.path.join(folder, "nb201_cifar10.csv")):
            folder = generated
            generate_table(os.path.join(generated, "nb201_cifar10.csv"), 4722)
        print(f"tables: {'generated' if folder == generated else 'nb201/cifar10'}, one core, medians of {options.repeats} pairs")
        print(f"{'architectures':>13}  {'zcmpi formulas/s':>16}  {'DEAP formulas/s':>15}  {'ratio':>7}")
        for architectures, generations, population, peer_generations in cases:
            ours, theirs = [], []
            for _ in range(options.repeats):
                ours.append(zcmpi_rate(options.zcmpi, folder, architectures, generations))
                theirs.append(peer_rate(options.python, options.peer, architectures, population, peer_generations))
            ratio = statistics.median(a / b for a, b in zip(ours, theirs))
            print(f"{architectures:>13}  {statistics.median(ours):>16,.0f}  {statistics.median(theirs):>15,.0f}  {ratio:>7,.0f}")


if __name__ == "__main__":
    main()
