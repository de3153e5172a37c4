#!/usr/bin/env python3
"""Gauss-Seidel with over-relaxation (SOR) for the Poisson equation on a square: a small solver to
tune. It prints how many sweeps it took, which depends on the relaxation factor alone.

    ./solver.py --size=24 --omega=1.5 [--red-black]
"""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=24)
parser.add_argument("--omega", type=float, default=1.0)
parser.add_argument("--tolerance", type=float, default=1e-6)
parser.add_argument("--red-black", action="store_true")
options = parser.parse_args()

size = options.size
width = size + 2
field = [[0.0] * width for _ in range(width)]
points = [(row, column) for row in range(1, size + 1) for column in range(1, size + 1)]
if options.red_black:
    points.sort(key=lambda point: sum(point) % 2)

for sweep in range(1, 2001):
    change = 0.0
    for row, column in points:
        mean = (field[row - 1][column] + field[row + 1][column] + field[row][column - 1]
                + field[row][column + 1] + 1.0 / (size * size)) / 4
        step = options.omega * (mean - field[row][column])
        field[row][column] += step
        change = max(change, abs(step))
    if change < options.tolerance:
        print(f"converged after {sweep} sweeps")
        break
else:
    raise SystemExit(f"did not converge: the last change was {change:.3g}")
