"""Algorithm configuration on a synthetic scenario: this project's `irace` beside r-cran-irace.

Both tune the same compiled cost function (scenario.cpp) on the same training instances; what they
find is compared on held-out instances. One table; costs are geometric means over the held-out
instances, relative to the initial settings, in the mean over the seeds with a 95 % interval.

Usage: compare.py build/tests/.../configuration_tune build/tests/.../libconfiguration_scenario.so
(`--instances 20 --runs 500 1000` for the question of half the runs). Needs r-cran-irace.
"""

import argparse
import ctypes
import math
import pathlib
import statistics
import subprocess

HELD_OUT = range(1_000_000, 1_002_000)
INITIAL = {"engine": 0, "step": 8.0, "decay": 0.5, "mix": 0.9, "depth": 0, "restart": 0}


class Scenario:
    """The cost function of the shared library."""

    def __init__(self, library):
        self.call = ctypes.CDLL(library).foundation_scenario_cost
        self.call.restype = None

    def cost(self, it, instance):
        result = ctypes.c_double()
        ints = [ctypes.c_int(int(value)) for value in
                (it["engine"], it["depth"], it["restart"], instance)]
        reals = [ctypes.c_double(it[name]) for name in ("step", "decay", "mix")]
        self.call(*map(ctypes.byref, (ints[0], *reals, *ints[1:], result)))
        return result.value

    def held_out(self, it):
        """Geometric and arithmetic mean over the held-out instances."""
        costs = [self.cost(it, instance) for instance in HELD_OUT]
        return math.exp(statistics.fmean(map(math.log, costs))), statistics.fmean(costs)


def parse(line):
    words = dict(word.split("=") for word in line.split())
    return {name: float(value) for name, value in words.items()}


def run(*command):
    result = subprocess.run([str(word) for word in command], check=True, capture_output=True,
                            text=True)
    return parse(result.stdout)


def interval(values):
    """Mean with a 95 % interval by Student's t for 10 values (normal beyond 30)."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, 0.0
    factor = {10: 2.262}.get(len(values), 2.0)
    return mean, factor * statistics.stdev(values) / math.sqrt(len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tune")
    parser.add_argument("library")
    parser.add_argument("--runs", type=int, nargs="+", default=[250, 500, 1000, 2000])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--instances", type=int, default=40)
    parser.add_argument("--heat", type=int, default=16)
    parser.add_argument("--races", nargs="*", default=["friedman", "halving", "asha"])
    options = parser.parse_args()
    scenario = Scenario(options.library)
    start = scenario.held_out(INITIAL)
    peer = pathlib.Path(__file__).with_name("peer.R")

    def row(name, runs, call):
        found = [call(seed) for seed in range(1, options.seeds + 1)]
        costs = [scenario.held_out(it) for it in found]
        typical, spread = interval([cost[0] / start[0] for cost in costs])
        mean, mean_spread = interval([cost[1] / start[1] for cost in costs])
        used = statistics.fmean(it["runs"] for it in found)
        print(f"{name:<28} {runs:>6} {used:>8.0f}   {typical:.4f} +- {spread:.4f}   "
              f"{mean:.4f} +- {mean_spread:.4f}", flush=True)

    print(f"{'held-out cost of':<28} {'budget':>6} {'runs':>8}   {'geometric mean':<17}   mean")
    for runs in options.runs:
        row("r-cran-irace", runs,
            lambda seed, runs=runs: run("Rscript", peer, options.library, runs, seed,
                                        options.instances))
        for racing in options.races:
            row(f"foundation irace, {racing}", runs,
                lambda seed, runs=runs, racing=racing: run(
                    options.tune, "irace", racing, runs, seed, options.heat, options.instances))


if __name__ == "__main__":
    main()
