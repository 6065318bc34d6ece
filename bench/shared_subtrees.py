#!/usr/bin/env python3
"""How many subtrees the formulas of a population share: what evaluating each only once would save, and what zcmpi does
save, which runs the formulas in the order of their nodes and only what a formula does not begin with like the last.

    bench/shared_subtrees.py runs/NAME/checkpoints/ckpt-*.h5

For the first island of each checkpoint: the formulas' operators, how many different subtrees they are the roots of, and
how many are run.
"""
import sys

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


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path in sys.argv[1:]:
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
        run = 0
        for last, formula in zip([()] + formulas, formulas):
            alike = next((k for k, (a, b) in enumerate(zip(last, formula)) if a != b), min(len(last), len(formula)))
            run += sum(is_operator(node) for node in formula[alike:])
        print(f"{path}: {len(formulas)} different formulas of {operators} operators: {len(different)} different subtrees, "
              f"{run} run")


if __name__ == "__main__":
    main()
