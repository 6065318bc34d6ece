#!/usr/bin/env python3
"""The throughput of zcmpi features on two ranks beside one.

    bench/feature_ranks.py --zcmpi build/release/src/zcmpi --images FILE [--space nb201] [--architectures 100]
                           [--proxies nbsz] [--pairs 3]

Networks per second (architectures / wall time of the whole command: reading, computing, writing), one core a rank. The
two runs of a pair follow each other, and which is first takes turns, so that what else the machine does meets both;
the ratio is taken in each pair. A table a row a pair, and the medians.
"""
import argparse
import os
import statistics
import time

import tables


def seconds_of(options, ranks):
    with tables.run_folder() as folder:
        command = ["mpirun", "--oversubscribe", "-n", str(ranks), os.path.abspath(options.zcmpi), "features",
                   "--space", options.space, "--archs", f"random:{options.architectures}", "--proxies",
                   options.proxies, "--images", options.images, "--out", f"{folder}/table.h5"]
        start = time.monotonic()
        tables.run(command)
        return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--zcmpi", required=True, help="the program")
    parser.add_argument("--images", required=True, help="as zcmpi features takes them")
    parser.add_argument("--space", default="nb201", help="search space [nb201]")
    parser.add_argument("--architectures", type=int, default=100, help="how many [100]")
    parser.add_argument("--proxies", default="nbsz", help="as zcmpi features takes them [nbsz]")
    parser.add_argument("--pairs", type=int, default=3, help="how many pairs [3]")
    options = parser.parse_args()
    print("| pair | networks/s, one rank | two ranks | ratio |\n|---|---|---|---|", flush=True)
    rows = []
    for pair in range(options.pairs):
        order = (1, 2) if pair % 2 == 0 else (2, 1)
        seconds = {ranks: seconds_of(options, ranks) for ranks in order}
        rates = [options.architectures / seconds[ranks] for ranks in (1, 2)]
        rows.append((*rates, rates[1] / rates[0]))
        print(f"| {pair + 1} | {rows[-1][0]:.2f} | {rows[-1][1]:.2f} | {rows[-1][2]:.2f} |", flush=True)
    one, two, ratio = (statistics.median(column) for column in zip(*rows))
    print(f"| median | {one:.2f} | {two:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
