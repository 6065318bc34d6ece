#!/usr/bin/env python3
"""Formulas per second of a whole `zcmpi evolve` on one core beside a DEAP program, in one run.

    bench/side_by_side.py --zcmpi build/release/src/zcmpi --peer deap_baseline.py [--data DIR]

The peer is a script that takes N_ARCHITECTURES POPULATION GENERATIONS and prints `archs N ... evals E in S s ... M M
node-evals/s`: symbolic regression with DEAP whose fitness is SciPy's kendalltau. zcmpi's figure is evaluations /
wall_seconds of its result.json: variation, duplicates, ranking, bookkeeping, loading and the final report included; a
duplicate that was not evaluated does not count. Both select by tournaments of five.

Time goes with the size of formulas and with their primitives, so zcmpi is run twice: with the peer's primitives (and the two
that its canonical forms need) and formulas about as long as the peer's, and with its own defaults. The mean sizes are
printed too. Formulas grow from a few nodes to some thirty within fifty generations, so the peer runs for as many. The
programs are run in turn, and ratios are taken pair by pair; medians are printed.

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


PEERS_PRIMITIVES = 'gp.primitives="add,sub,mul,div,log,sqrt,neg,square,abs,inv"'


def zcmpi_rate(program, folder, architectures, generations, settings):
    with tables.run_folder() as work:
        command = [program, "evolve", "--data", folder, "--run-dir", f"{work}/run", "--generations", str(generations),
                   "--islands", "1"]
        for setting in ['data.problems=["nb201_cifar10"]', f"data.train_architectures={architectures}",
                        "gp.selection=tournament", *settings]:
            command += ["--set", setting]
        tables.run(command)
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
    # Architectures, generations of zcmpi, population and generations of the peer: ten seconds each; and the longest
    # formulas of zcmpi that come to be as long as the peer's on the average (where the peer's stay at a few nodes, zcmpi's are longer).
    cases = [(100, 8000, 300, 60, 36), (1000, 1000, 150, 60, 26), (4722, 120, 60, 60, 26)]
    with tempfile.TemporaryDirectory() as generated:
        folder = options.data
        if not os.path.exists(os.path.join(folder, "nb201_cifar10.csv")):
            folder = generated
            tables.generate_table(os.path.join(generated, "nb201_cifar10.csv"), 4722)
        print(f"tables: {'generated' if folder == generated else 'nb201/cifar10'}, one core, medians of {options.repeats} pairs")
        print(f"{'':>13}  {'DEAP':^17}  {'zcmpi, formulas like the peer':^28}  {'zcmpi, defaults':^28}")
        print(f"{'architectures':>13}  {'formulas/s':>10}  {'nodes':>5}" + 2 * f"  {'formulas/s':>12}  {'nodes':>5}  {'ratio':>5} ")
        for architectures, generations, population, peer_generations, max_size in cases:
            runs = []
            for _ in range(options.repeats):
                runs.append([
                    zcmpi_rate(options.zcmpi, folder, architectures, generations,
                               [PEERS_PRIMITIVES, f"gp.max_size={max_size}"]),
                    peer_rate(options.python, options.peer, architectures, population, peer_generations),
                    zcmpi_rate(options.zcmpi, folder, architectures, generations, [])])
            alike, peer, defaults = zip(*runs)
            line = f"{architectures:>13}  {median_of(peer, 0):>10,.0f}  {median_of(peer, 1):>5.1f}"
            for ours in (alike, defaults):
                ratio = statistics.median(a / b for (a, _), (b, _) in zip(ours, peer))
                line += f"  {median_of(ours, 0):>12,.0f}  {median_of(ours, 1):>5.1f}  {ratio:>5,.0f} "
            print(line, flush=True)


def median_of(runs, which):
    return statistics.median(run[which] for run in runs)


if __name__ == "__main__":
    main()
