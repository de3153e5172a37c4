"""Algorithm configuration of a real solver: this project's `irace` beside r-cran-irace.

Both tune clasp with an equal number of runs on the same generated instances (instances.py), with
four runs at a time; what they find is compared on held-out instances of the family. Costs are mean
numbers of conflicts, relative to clasp's own settings, in the mean over the seeds with a 95 %
interval; the last table has the runs of ours that it takes to do as well as irace with all of its.

Usage: compare.py build/release/bin/foundation [--runs 250 500 1000 2000] [--seeds 10]
Needs clasp, r-cran-irace and python3-h5py.
"""

import argparse
import concurrent.futures
import json
import math
import pathlib
import statistics
import subprocess
import tempfile
import time

import h5py

import instances

HERE = pathlib.Path(__file__).parent
SLOTS = 4
FIXED = ("--outf=2", "--stats", "--quiet=2", "--solve-limit=20000", "--seed=1")
T_975 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}


def conflicts(arguments, instance):
    said = subprocess.run(["clasp", *FIXED, *arguments, instance], capture_output=True, text=True,
                          check=False).stdout
    return json.loads(said)["Stats"]["Core"]["Conflicts"]


def mean_cost(pool, arguments, paths):
    return statistics.fmean(pool.map(lambda path: conflicts(arguments, path), paths))


def ours(program, folder, runs, seed):
    """Tunes; the runs used and the arguments of the winner."""
    def call(*words):
        return json.loads(subprocess.run([program, *words, "--json"], capture_output=True,
                                         text=True, check=True).stdout)

    outcome = call("optimize", folder / "clasp.toml", "--fresh", "--set",
                   f"budget.evaluations={runs}", "--set", f"job.seed={seed}", "--set",
                   f"run.folder={folder}/runs")
    with h5py.File(pathlib.Path(outcome["run"]) / "run.h5") as tables:
        winner = tables["result/winner"][0]
        row = {name: column[winner] for name, column in tables["candidates"].items()}
    return outcome["result"]["evaluations"], arguments_of(
        {name.removeprefix("param_"): text_of(value) for name, value in row.items()})


def text_of(value):
    """As clasp is to read it: numbers are stored as reals."""
    return value.decode() if isinstance(value, bytes) else f"{value:.15g}"


def arguments_of(values):
    restarts = {"x": "x,{first},{growth}", "L": "L,{luby}", "D": "D,{window},{ratio}"}
    form = ("--heuristic={heuristic}", f"--restarts={restarts[values['restarts']]}",
            "--deletion={deletion},{fraction}", "--strengthen={strengthen}", "--otfs={otfs}",
            "--reverse-arcs={arcs}", "--update-lbd={lbd}", "--save-progress={progress}",
            "--sign-def={sign}", "--rand-freq={random}", "--sat-prepro={prepro}")
    return [word.format(**values) for word in form]


class TooFewRuns(Exception):
    """Irace refuses budgets below a number that grows with the parameters: 504 here."""


def theirs(folder, runs, seed):
    result = subprocess.run(
        ["Rscript", HERE / "peer.R", folder / "train.txt", str(runs), str(seed), str(SLOTS)],
        capture_output=True, text=True, check=False)
    if "Insufficient budget" in result.stderr:
        raise TooFewRuns
    result.check_returncode()
    said = result.stdout.splitlines()
    return int(said[0]), said[1:]


def interval(values):
    """Mean and half a 95 % interval by Student's t."""
    if len(values) < 2:
        return values[0], math.nan
    factor = T_975.get(len(values), 1.96)
    return statistics.fmean(values), factor * statistics.stdev(values) / math.sqrt(len(values))


def write_family(folder, family, options):
    train = instances.write(folder, family, range(options.train))
    (folder / "train.txt").write_text("".join(f"{path}\n" for path in train), encoding="utf-8")
    (folder / "train.jsonl").write_text(
        "".join(json.dumps({"path": str(path)}) + "\n" for path in train), encoding="utf-8")
    (folder / "clasp.toml").write_bytes((HERE / "clasp.toml").read_bytes())
    return instances.write(folder, family, range(1_000_000, 1_000_000 + options.held_out))


def compare(family, folder, options, pool):
    """Prints a line for each tool and number of runs; {tool: {runs: costs by seed}}."""
    held_out = write_family(folder, family, options)
    default = mean_cost(pool, (), held_out)
    print(f"\n{family}: clasp's own settings take {default:.0f} conflicts on held-out instances")
    print(f"{'held-out cost of':<20} {'budget':>6} {'runs':>7}   {'relative cost':<17} "
          f"{'wall s':>7}")
    tools = {"r-cran-irace": lambda *it: theirs(folder, *it),
             "foundation irace": lambda *it: ours(options.program, folder, *it)}
    costs = {name: {} for name in tools}
    for runs in options.runs:
        for name, tune in tools.items():
            try:
                begin = time.monotonic()
                found = [tune(runs, seed) for seed in range(1, options.seeds + 1)]
                wall = (time.monotonic() - begin) / options.seeds
            except TooFewRuns:
                print(f"{name:<20} {runs:>6}   refused: too few for it")
                continue
            costs[name][runs] = [mean_cost(pool, it, held_out) / default for _, it in found]
            used = statistics.fmean(taken for taken, _ in found)
            mean, half = interval(costs[name][runs])
            print(f"{name:<20} {runs:>6} {used:>7.0f}   {mean:.3f} +- {half:.3f}   {wall:>7.1f}",
                  flush=True)
    return costs


def conclude(family, costs, options):
    peer, own = costs["r-cran-irace"], costs["foundation irace"]
    last = options.runs[-1]
    mean, half = interval([a - b for a, b in zip(own[last], peer[last])])
    enough = [runs for runs in options.runs
              if statistics.fmean(own[runs]) <= statistics.fmean(peer[last])]
    needed = f"{enough[0]} of {last} runs" if enough else f"more than {last} runs"
    print(f"{family:<12} {mean:+.3f} +- {half:.3f}   {needed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--runs", type=int, nargs="+", default=[250, 500, 1000, 2000])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--train", type=int, default=40, help="instances to tune on")
    parser.add_argument("--held-out", type=int, default=100, help="instances to compare on")
    parser.add_argument("--families", nargs="+", default=list(instances.FAMILIES))
    options = parser.parse_args()
    costs = {}
    with concurrent.futures.ThreadPoolExecutor(SLOTS) as pool:
        for family in options.families:
            with tempfile.TemporaryDirectory(prefix=f"{family}.") as folder:
                costs[family] = compare(family, pathlib.Path(folder), options, pool)
    print(f"\n{'family':<12} ours - irace      ours does as well as irace with")
    for family, found in costs.items():
        conclude(family, found, options)


if __name__ == "__main__":
    main()
