#!/usr/bin/env python3
"""How many subtrees the formulas of a population share: what evaluating each only once would save, and what zcmpi does
save, which runs the formulas in the order of their nodes and no subtree that is among the last.

    bench/shared_subtrees.py [--formulas N] [--slots N] runs/NAME/checkpoints/ckpt-*.h5

For the first island of each checkpoint: the formulas' operators, how many different subtrees they are the roots of, how
many are run where a formula runs what it does not begin with like the one before, and how many zcmpi runs, whose blocks
of formulas share a ring of slots. The defaults are those of 13 problems of 100 architectures (src/eval/evaluator.cpp).
"""
import argparse
import itertools

import h5py

ARITY = [0, 0] + 7 * [2] + 9 * [1]


def is_operator(node):
    return ARITY[node[0]] > 0


def subtrees(formula):
    """Text of every operator's subtree."""
    stack = []
    for node in formula:
        arity = ARITY[node[0]]
        if arity == 0:
            stack.append(str(node))
            continue
        operands = stack[-arity:]
        del stack[-arity:]
        stack.append(f"{node[0]}({','.join(operands)})")
        yield stack[-1]


def run_by_prefix(formulas):
    run = 0
    for last, formula in zip([()] + formulas, formulas):
        alike = next((k for k, (a, b) in enumerate(zip(last, formula)) if a != b), min(len(last), len(formula)))
        run += sum(is_operator(node) for node in formula[alike:])
    return run


def run_in_ring(formulas, block, slots):
    """Two formulas at a time, an operator of one and of the other in turn."""
    run = 0
    for begin in range(0, len(formulas), block):
        known = {}
        in_block = formulas[begin:begin + block]
        for pair in (in_block[k:k + 2] for k in range(0, len(in_block), 2)):
            oldest = run - (slots - sum(map(len, pair)))
            for texts in itertools.zip_longest(*map(subtrees, pair)):
                for text in filter(None, texts):
                    if text not in known or known[text] < oldest:
                        known[text] = run
                        run += 1
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--formulas", type=int, default=64, help="in a block [64]")
    parser.add_argument("--slots", type=int, default=512, help="of the ring [512]")
    parser.add_argument("checkpoints", nargs="+")
    options = parser.parse_args()
    for path in options.checkpoints:
        with h5py.File(path, "r") as file:
            population = file["population"]
            formulas = []
            for member in range(population["size"][0]):
                nodes = slice(0, population["length"][0, member])
                formulas.append([tuple(node) for node in zip(*(population[name][0, member, nodes]
                                                               for name in ("op", "terminal", "value")))])
        different = {text for formula in formulas for text in subtrees(formula)}
        formulas = sorted(set(map(tuple, formulas)))
        operators = sum(is_operator(node) for formula in formulas for node in formula)
        print(f"{path}: {len(formulas)} different formulas of {operators} operators: {len(different)} different subtrees, "
              f"{run_by_prefix(formulas)} run by what formulas begin with, "
              f"{run_in_ring(formulas, options.formulas, options.slots)} run")


if __name__ == "__main__":
    main()
