#!/usr/bin/env python3
"""Compares strategies with Optuna's samplers on the 24 noiseless BBOB functions, in one table each.

Both sides see the same functions (libblack_box_functions.so), the same budgets, one evaluation at a
time: cma_es against CmaEsSampler in dimensions 2, 3, 5, 10, 20 at 200 D evaluations, tpe against
TPESampler in dimensions 2, 3, 5 at 50 D; five instances, seeds 1 .. 5. A gap is how far the best
value found is above the minimum, at least 1e-8 (the testbed's precision). The table holds medians
of log10 of the gap and of the difference (ours - theirs, run by run: negative is better) with 95 %
bootstrap intervals, by function group and in all, and the time spent in ask and tell.

    nice python3 compare.py BUILD_FOLDER [--quick]
"""

import argparse
import ctypes
import importlib.util
import math
import multiprocessing
import pathlib
import random
import statistics
import subprocess
import sys
import time

GROUPS = {"separable": range(1, 6), "moderate": range(6, 10), "ill-conditioned": range(10, 15),
          "multi-modal": range(15, 20), "weakly structured": range(20, 25)}
SMALLEST_GAP = 1e-8


class Contest:
    """A strategy, its peer, and where they meet."""

    def __init__(self, strategy, peer, dimensions, per_dimension):
        self.strategy = strategy
        self.peer = peer
        self.dimensions = dimensions
        self.per_dimension = per_dimension


CONTESTS = [Contest("cma_es", "CmaEsSampler", [2, 3, 5, 10, 20], 200),
            Contest("tpe", "TPESampler", [2, 3, 5], 50)]


def run_ours(arguments):
    """Runs of one strategy on one function: {(function, dimension, instance): (gap, seconds)}."""
    program, contest, function, dimensions, instances = arguments
    finished = subprocess.run(
        [program, contest.strategy, str(function), ",".join(map(str, dimensions)),
         ",".join(map(str, instances)), str(contest.per_dimension)],
        check=False, capture_output=True, text=True)
    if finished.returncode != 0:
        raise RuntimeError(finished.stderr.strip())
    rows = (line.split(",") for line in finished.stdout.splitlines())
    return {tuple(map(int, row[:3])): (float(row[3]), float(row[4])) for row in rows}


def load_functions(path):
    library = ctypes.CDLL(str(path))
    library.black_box_make.restype = ctypes.c_void_p
    library.black_box_evaluate.restype = ctypes.c_double
    library.black_box_evaluate.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_double)]
    library.black_box_minimum.restype = ctypes.c_double
    library.black_box_minimum.argtypes = [ctypes.c_void_p]
    library.black_box_free.argtypes = [ctypes.c_void_p]
    return library


def make_sampler(optuna, name, seed):
    """The sampler with its defaults; `CmaEsSampler+ipop` restarts."""
    if name == "TPESampler":
        return optuna.samplers.TPESampler(seed=seed)
    restart = "ipop" if name.endswith("+ipop") else None
    return optuna.samplers.CmaEsSampler(seed=seed, restart_strategy=restart)


def run_peer_once(optuna, library, contest, function, dimension, instance):
    handle = library.black_box_make(function, dimension, instance)
    minimum = library.black_box_minimum(handle)
    range_of_all = optuna.distributions.FloatDistribution(-5, 5)
    space = {f"x{i}": range_of_all for i in range(dimension)}
    study = optuna.create_study(sampler=make_sampler(optuna, contest.peer, instance))
    gap = math.inf
    seconds = 0
    for _ in range(contest.per_dimension * dimension):
        started = time.perf_counter()
        trial = study.ask(space)
        seconds += time.perf_counter() - started
        point = (ctypes.c_double * dimension)(*(trial.params[name] for name in space))
        value = library.black_box_evaluate(handle, point)
        gap = min(gap, value - minimum)
        started = time.perf_counter()
        study.tell(trial, value)
        seconds += time.perf_counter() - started
    library.black_box_free(handle)
    return gap, seconds


def run_peer(arguments):
    """As run_ours, for the peer."""
    functions, contest, function, dimensions, instances = arguments
    import warnings
    warnings.simplefilter("ignore")
    import optuna
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    library = load_functions(functions)
    return {(function, dimension, instance):
            run_peer_once(optuna, library, contest, function, dimension, instance)
            for dimension in dimensions for instance in instances}


def read_results(path):
    if not path.exists():
        return {}
    rows = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines())
    return {tuple(map(int, row[:3])): (float(row[3]), float(row[4])) for row in rows}


def write_results(path, results):
    path.write_text("".join(f"{f},{d},{i},{gap!r},{seconds!r}\n"
                            for (f, d, i), (gap, seconds) in sorted(results.items())),
                    encoding="utf-8")


def collect(run, where, contest, options):
    """Runs everything that is missing from the results kept in `options.keep`."""
    name = contest.strategy if run is run_ours else contest.peer
    kept = options.keep / f"{name}.csv" if options.keep and run is run_peer else None
    results = read_results(kept) if kept else {}
    wanted = {(f, d, i) for f in options.functions for d in contest.dimensions
              for i in options.instances}
    missing = {}
    for f, d, i in sorted(wanted - results.keys(), key=lambda key: (key[1], key)):
        missing.setdefault((f, d), []).append(i)
    tasks = [(where, contest, f, [d], instances) for (f, d), instances in missing.items()]
    with multiprocessing.Pool(options.processes) as pool:
        for number, part in enumerate(pool.imap_unordered(run, tasks), 1):
            results.update(part)
            if kept:
                write_results(kept, results)
            print(f"{name}: {number} of {len(tasks)} functions and dimensions", file=sys.stderr)
    return {key: results[key] for key in wanted}


def log_gap(result):
    return math.log10(max(result[0], SMALLEST_GAP))


def interval(values, statistic):
    """95 % percentile bootstrap."""
    draw = random.Random(1)
    drawn = sorted(statistic(draw.choices(values, k=len(values))) for _ in range(1000))
    return drawn[25], drawn[974]


def table_row(name, keys, ours, theirs):
    our_gaps = [log_gap(ours[key]) for key in keys]
    their_gaps = [log_gap(theirs[key]) for key in keys]
    differences = [a - b for a, b in zip(our_gaps, their_gaps)]
    columns = [f"{name:<18}{len(keys):>5}"]
    for values in (our_gaps, their_gaps, differences):
        low, high = interval(values, statistics.median)
        columns.append(f"{statistics.median(values):>7.2f} [{low:6.2f},{high:6.2f}]")
    low, high = interval(differences, statistics.mean)
    columns.append(f"{statistics.mean(differences):>7.2f} [{low:6.2f},{high:6.2f}]")
    better = sum(value < -0.05 for value in differences)
    worse = sum(value > 0.05 for value in differences)
    columns.append(f"{better:>5}/{worse}")
    return "  ".join(columns)


def print_table(contest, ours, theirs):
    print(f"\n{contest.strategy} and Optuna's {contest.peer}, {contest.per_dimension} D"
          " evaluations")
    print(f"{'group':<18}{'runs':>5}  {'ours: median log10 gap':<23}  {'theirs':<23}  "
          f"{'median difference':<23}  {'mean difference':<23}  better/worse")
    for name, functions in GROUPS.items():
        keys = sorted(key for key in ours if key[0] in functions)
        if keys:
            print(table_row(name, keys, ours, theirs))
    print(table_row("all", sorted(ours), ours, theirs))
    for dimension in contest.dimensions:
        keys = sorted(key for key in ours if key[1] == dimension)
        print(table_row(f"dimension {dimension}", keys, ours, theirs))


def print_speed(contest, options):
    """Ask and tell on the sphere, 1,000 trials, nothing else running."""
    for dimension in (2, 5, 10, 20):
        at = Contest(contest.strategy, contest.peer, [dimension], 1000 // dimension)
        ours = run_ours((options.program, at, 1, [dimension], [1]))
        theirs = run_peer((options.library, at, 1, [dimension], [1]))
        ours, theirs = (next(iter(result.values()))[1] for result in (ours, theirs))
        print(f"ask + tell, 1,000 trials, dimension {dimension}: {1000 / ours:,.0f}/s and "
              f"{1000 / theirs:,.0f}/s, ratio {theirs / ours:.0f}")


def numbers(text):
    """"1,3-5" -> [1, 3, 4, 5]"""
    parts = (part.split("-") for part in text.split(","))
    return [number for part in parts for number in range(int(part[0]), int(part[-1]) + 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="build folder with the tests")
    parser.add_argument("--strategies", default="cma_es,tpe", help="which contests")
    parser.add_argument("--functions", type=numbers, default=numbers("1-24"), metavar="1,3-5")
    parser.add_argument("--dimensions", type=numbers, help="instead of the contest's own")
    parser.add_argument("--instances", type=numbers, default=numbers("1-5"), metavar="1-5")
    parser.add_argument("--quick", action="store_true",
                        help="some minutes: two instances, dimensions 2 and 5")
    parser.add_argument("--ipop", action="store_true", help="let CmaEsSampler restart (ipop)")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER",
                        help="keep the peer's results there and use those it has")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-speed", action="store_true", help="leave the timing out")
    options = parser.parse_args()
    for module in ("optuna", "cmaes"):
        if importlib.util.find_spec(module) is None:
            sys.exit(f"compare.py: {sys.executable} has no module {module}: install python3-optuna"
                     " and python3-cmaes, and use /usr/bin/python3")
    folder = options.build / "tests/benchmarks/black_box"
    options.program = folder / "black_box_run"
    options.library = folder / "libblack_box_functions.so"
    if options.quick:
        options.instances = options.instances[:2]
        options.dimensions = options.dimensions or [2, 5]
    for contest in CONTESTS:
        if contest.strategy not in options.strategies.split(","):
            continue
        contest.dimensions = options.dimensions or contest.dimensions
        if options.ipop and contest.peer == "CmaEsSampler":
            contest.peer += "+ipop"
        try:
            ours = collect(run_ours, options.program, contest, options)
        except RuntimeError as error:
            sys.exit(f"compare.py: {error}")
        theirs = collect(run_peer, options.library, contest, options)
        print_table(contest, ours, theirs)
        if not options.no_speed:
            print_speed(contest, options)


if __name__ == "__main__":
    main()
