#!/usr/bin/env python3
"""Formulas per second of a whole `zcmpi evolve` on one core beside a DEAP program, in one run.

    bench/side_by_side.py --zcmpi build/release/src/zcmpi --peer deap_baseline.py [--data DIR]

The peer is a script that takes N_ARCHITECTURES POPULATION GENERATIONS and prints `archs N ... evals E in S s ... M M
node-evals/s`: symbolic regression with DEAP whose fitness is SciPy's kendalltau. zcmpi's figure is evaluations /
wall_seconds of its result.json: variation, duplicates, ranking, bookkeeping, loading and the final report included; a
duplicate that was not evaluated does not count. Both select by tournaments of five. Time goes with the size of
formulas, which grow from a few nodes to some thirty within fifty generations, so the peer runs for as many; the mean
sizes are printed too. The programs are run in turn, and the ratio is taken pair by pair; medians are printed.

Tables: nb201_cifar10.csv of --data where it is there, else a generated one with 13 terminals.
"""
import argparse
import os
import re
import statistics
import tempfile

import tables


def peer_rate(python, script, architectures, population, generations):
    output, _ = tables.run([python, script, str(architectures), str(population), str(generations)])
    evaluations, seconds, nodes = re.search(r"evals (\d+) in ([\d.]+)s.* ([\d.]+) M node-evals/s", output).groups()
    rate = int(evaluations) / float(seconds)
    return rate, float(nodes) * 1e6 / rate / architectures


def zcmpi_rate(program, folder, architectures, generations):
    with tables.run_folder() as work:
        tables.run([program, "evolve", "--data", folder, "--run-dir", f"{work}/run", "--generations", str(generations),
                    "--islands", "1", "--set", 'data.problems=["nb201_cifar10"]', "--set",
                    f"data.train_architectures={architectures}", "--set", "gp.selection=tournament"])
        result = tables.read_result(f"{work}/run")
    return result["evaluations"] / result["wall_seconds"], result["mean_size"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--zcmpi", required=True, help="the program")
    parser.add_argument("--peer", required=True, help="the DEAP script")
    parser.add_argument("--python", default="/usr/bin/python3", help="a Python with DEAP and SciPy")
    parser.add_argument("--data", default="", help="folder with nb201_cifar10.csv")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of runs [5]")
    options = parser.parse_args()
    # Architectures, generations of zcmpi, population and generations of the peer: some seconds each.
    cases = [(100, 3000, 300, 60), (1000, 500, 150, 60), (4722, 120, 60, 60)]
    with tempfile.TemporaryDirectory() as generated:
        folder = options.data
        if not os.path.exists(os.path.join(folder, "nb201_cifar10.csv")):
            folder = generated
            tables.generate_table(os.path.join(generated, "nb201_cifar10.csv"), 4722)
        print(f"tables: {'generated' if folder == generated else 'nb201/cifar10'}, one core, medians of {options.repeats} pairs")
        print(f"{'architectures':>13}  {'zcmpi formulas/s':>16}  {'nodes':>5}  {'DEAP formulas/s':>15}  {'nodes':>5}  "
              f"{'ratio':>5}")
        for architectures, generations, population, peer_generations in cases:
            ours, theirs = [], []
            for _ in range(options.repeats):
                ours.append(zcmpi_rate(options.zcmpi, folder, architectures, generations))
                theirs.append(peer_rate(options.python, options.peer, architectures, population, peer_generations))
            ratio = statistics.median(a / b for (a, _), (b, _) in zip(ours, theirs))
            rate, nodes = map(statistics.median, zip(*ours))
            peer, peer_nodes = map(statistics.median, zip(*theirs))
            print(f"{architectures:>13}  {rate:>16,.0f}  {nodes:>5.1f}  {peer:>15,.0f}  {peer_nodes:>5.1f}  {ratio:>5,.0f}")


if __name__ == "__main__":
    main()
