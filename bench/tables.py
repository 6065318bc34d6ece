"""Generated problems for benchmarks, and running zcmpi on them."""
import csv
import json
import math
import os
import random
import subprocess
import sys
import tempfile

TERMINALS = ["epe_nas", "fisher", "flops", "grad_norm", "grasp", "jacov", "l2_norm", "nwot", "params", "plain", "snip",
             "synflow", "zen"]


def generate_table(path, rows, seed=0):
    """A table of random terminals, log-normal as many proxies are, with an accuracy that depends on three of them, which
    go by the seed."""
    draw = random.Random(seed)
    first, second, third = draw.sample(range(len(TERMINALS)), 3)
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["arch", *TERMINALS, "val_accuracy"])
        for row in range(rows):
            x = [f"{draw.lognormvariate(0, 1):.6g}" for _ in TERMINALS]
            accuracy = 0.5 * math.log(float(x[first])) + float(x[second]) / (1 + float(x[third])) + draw.gauss(0, 1)
            table.writerow([f"net{row}", *x, f"{accuracy:.6f}"])


def environment():
    """One thread a process, and Open MPI as any user on any number of cores."""
    return dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
                OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def run(command):
    """Runs a command that must succeed; returns what it prints and the processor seconds of all its processes."""
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    after = os.times()
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout, (after.children_user - before.children_user) + (after.children_system - before.children_system)


def run_folder():
    """A folder for a run, in memory where the system has such a place: a disk that others use can take seconds to sync a
    checkpoint."""
    return tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


def read_result(run_dir):
    """The run's result.json, with the mean number of nodes of the formulas of all generations as `mean_size`."""
    with open(os.path.join(run_dir, "result.json"), encoding="utf-8") as file:
        result = json.load(file)
    with open(os.path.join(run_dir, "metrics.jsonl"), encoding="utf-8") as file:
        sizes = [json.loads(line)["mean_size"] for line in file]
    result["mean_size"] = sum(sizes) / len(sizes)
    return result
