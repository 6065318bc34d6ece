#!/usr/bin/env python3
"""How zcmpi's speed and memory grow: one table a question, and a plot of each.

    bench/growth.py --zcmpi build/release/src/zcmpi [--plot docs/growth.svg] [--seconds 3]

Formulas per second (evaluations / wall_seconds of result.json, loading and the final report included), and the largest
memory of a rank, of whole runs on generated problems of 13 terminals with the default settings, where one thing is
varied at a time (a single problem is selected for by tournament): the population, the largest formula, the training
architectures of one problem, the problems, the islands of a rank, the ranks. Up to two ranks are timed by the wall; more
than there are cores by processor time, as formulas per second of one core.
"""
import argparse
import os
import tempfile

import tables

# What is not varied: the size of configs/nbsz13.toml.
BASE = {"population": 1000, "max_size": 40, "architectures": 100, "problems": 13, "islands": 1, "ranks": 1}
QUESTIONS = [
    ("population", [100, 1_000, 10_000, 100_000], {}),
    ("max_size", [10, 20, 40, 80, 160], {}),
    ("architectures", [100, 1_000, 10_000, 100_000, 400_000], {"problems": 1}),
    ("problems", [1, 3, 10, 30], {}),
    ("islands", [1, 2, 4, 8, 16], {}),
    ("ranks", [1, 2], {}),
    ("ranks", [1, 2, 4, 8, 16], {"by_processor_time": True}),
]


class Runner:
    def __init__(self, program, folder, seconds):
        self.program = program
        self.folder = folder
        self.seconds = seconds

    def table(self, architectures, number):
        path = os.path.join(self.folder, f"generated{architectures}_task{number}.csv")
        if not os.path.exists(path):
            tables.generate_table(path, architectures, seed=number)
        return path

    def once(self, point, generations):
        """result.json, the processor seconds, and the largest memory of a rank in MB."""
        problems = [self.table(point["architectures"], k) for k in range(point["problems"])]
        with tables.run_folder() as work:
            command = ["/usr/bin/env", "time", "-f", "%M", "-o", f"{work}/memory", "-a", self.program, "evolve",
                       "--run-dir", f"{work}/run", "--generations", str(generations), "--islands",
                       str(point["islands"] * point["ranks"]), "--set", f"data.problems={problems}".replace("'", '"'),
                       "--set", f"gp.population={point['population']}", "--set", f"gp.max_size={point['max_size']}",
                       "--set", f"gp.init_max_size={min(20, point['max_size'])}", "--set",
                       f"data.train_architectures={point['architectures']}"]
            if point["problems"] == 1:
                # With one case there is nothing for lexicase to do but to keep the best.
                command += ["--set", "gp.selection=tournament"]
            if point["ranks"] > 1:
                command = ["mpirun", "--oversubscribe", "-n", str(point["ranks"]), *command]
            _, processor = tables.run(command)
            with open(f"{work}/memory", encoding="utf-8") as file:
                memory = max(int(line) for line in file) / 1024
            return tables.read_result(f"{work}/run"), processor, memory

    def measure(self, changes):
        point = dict(BASE, **changes)
        # So many at least that the first ones' short formulas, loading and the report are not most of the run.
        generations = 10
        while True:
            result, processor, memory = self.once(point, generations)
            if result["wall_seconds"] >= self.seconds or generations >= 100_000:
                break
            longer = self.seconds / max(result["wall_seconds"], 0.05)
            generations = max(generations + 1, int(generations * min(10.0, 1.2 * longer)))
        seconds = processor if point.get("by_processor_time") else result["wall_seconds"]
        return {"rate": result["evaluations"] / seconds, "memory": memory, "nodes": result["mean_size"]}


def plot(path, answers):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "zcmpi"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 4, figsize=(13, 6), constrained_layout=True)
    for axis, (title, points) in zip(axes.flat, answers):
        axis.plot([x for x, _ in points], [point["rate"] for _, point in points], marker="o")
        axis.set(xscale="log", yscale="log", title=title, ylabel="formulas/s")
        axis.grid(True, which="both", alpha=0.3)
    for axis in axes.flat[len(answers):]:
        axis.set_visible(False)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--zcmpi", required=True, help="the program")
    parser.add_argument("--plot", help="file for the plots, .svg")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a run, at least [3]")
    parser.add_argument("--only", help="ask this question alone")
    options = parser.parse_args()
    answers = []
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(os.path.abspath(options.zcmpi), folder, options.seconds)
        for name, values, changes in QUESTIONS:
            if options.only and name != options.only:
                continue
            by = " of one core, by processor time" if changes.get("by_processor_time") else ""
            fixed = ", ".join(f"{value:,} {key}" for key, value in {**BASE, **changes}.items()
                              if key not in (name, "by_processor_time"))
            print(f"\n{fixed}\n\n| {name} | formulas/s{by} | memory of a rank, MB | mean nodes |\n|---|---|---|---|")
            points = []
            for value in values:
                point = runner.measure(dict(changes, **{name: value}))
                points.append((value, point))
                print(f"| {value:,} | {point['rate']:,.0f} | {point['memory']:.0f} | {point['nodes']:.1f} |", flush=True)
            answers.append((name + by, points))
    if options.plot:
        plot(options.plot, answers)


if __name__ == "__main__":
    main()
