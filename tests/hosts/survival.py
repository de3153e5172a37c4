#!/usr/bin/env python3
"""How many runs survive the random loss of hosts, and with the same answer?

usage: survival.py PROGRAM SOURCE [--seeds N] [--first SEED] [--jobs N] [--table FILE]
                   [--least SHARE]

Each run has its own eleven hosts, network namespaces on this machine (hosts.py): `foundation
optimize --hosts` is given on h0, where rank 0 is, too, and each of h1 to h10 has one worker. Three
of the ten are lost, in one wave or two, at random moments of the run; some crash, of others the
cable is cut and stays so. A run has survived if it ends by itself with status 0 and the answer of
an undisturbed run, `foundation verify` is content, and no process or file of it is left; but
Open MPI's daemon and files may stay on a host that nobody can reach. Each run is a line of the
table. The exit status is 1 if fewer than SHARE (default: all) have survived.
"""

import argparse
import concurrent.futures
import csv
import json
import math
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import hosts

sys.path.insert(0, str(hosts.HERE.parent / "apps" / "e2e"))
import harness  # noqa: E402  (found by the line above)
import workload  # noqa: E402

WORKERS = 10
LOST = 3  # 30 % of them
LIMIT_S = 300
COLUMNS = ("seed", "events", "status", "same_answer", "verified", "nothing_left", "seconds",
           "relaunches", "survived", "trouble")
SILENCE = ("--silence-timeout", "20s", "--set", "execution.heartbeat_timeout=3s")


def wilson(good, count, z=1.96):
    """The 95 % interval of a share."""
    share = good / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count
                                               + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def plan(seed):
    """[(share of the run's evaluations after which it happens, host number, what)], sorted."""
    chance = random.Random(seed)
    victims = chance.sample(range(1, WORKERS + 1), LOST)
    first = chance.randint(1, LOST)  # of all: one wave
    moments = [chance.uniform(0, 0.9)] * first + [chance.uniform(0, 0.9)] * (LOST - first)
    return sorted((moment, victim, chance.choice(("crash", "cut")))
                  for moment, victim in zip(moments, victims))


class Run:
    """One seed, in a folder of its own."""

    def __init__(self, seed, arguments, reference, folder):
        self.seed = seed
        self.program = arguments.program
        self.source = arguments.source
        self.reference = reference
        self.folder = folder
        self.row = {"seed": seed, "events": "", "status": "", "same_answer": False,
                    "verified": False, "nothing_left": False, "relaunches": 0, "trouble": ""}

    def measure(self):
        (self.folder / "data.jsonl").write_text(workload.examples(), encoding="utf-8")
        (self.folder / "job.toml").write_text(harness.toml(workload.searcher()), encoding="utf-8")
        begin = time.monotonic()
        try:
            with hosts.Hosts(WORKERS + 1, self.folder, environment=environment(),
                             shared=(self.source, self.program.parent)) as room:
                self.survive(room)
        except (AssertionError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            self.row["trouble"] = f"{type(error).__name__}: {error}".replace("\n", " | ")[:500]
        self.row["seconds"] = f"{time.monotonic() - begin:.1f}"
        self.row["survived"] = (self.row["status"] == 0 and self.row["same_answer"]
                                and self.row["verified"] and self.row["nothing_left"])
        return self.row

    def survive(self, room):
        places = ",".join(f"{host.name}:1" for host in room)
        started = harness.Started(
            [*room[0].enter(), self.program, "optimize", "job.toml", "--json", "--hosts", places,
             *SILENCE], self.folder, room.environment)
        try:
            cut = self.disturb(room, started)
            self.row["status"] = started.wait(LIMIT_S)
        finally:
            self.row["relaunches"] = started.stderr().count("relaunching")
            started.process.kill()
            started.wait()
        if self.row["status"] != 0:
            raise AssertionError(started.stderr()[-400:])
        self.row["same_answer"] = json.loads(started.stdout())["result"] == self.reference["result"]
        self.row["verified"] = room[0].run(self.program, "verify", started.run_folder(),
                                           check=False).returncode == 0
        self.look_for_leftovers(room, cut)

    def evaluations(self, run):
        """How far the run is, by its journal; looks ten times a second."""
        time.sleep(0.1)
        said = subprocess.run([self.program, "status", run, "--json"], env=environment(),
                              capture_output=True, text=True, check=False, timeout=LIMIT_S).stdout
        return json.loads(said)["evaluations"]

    def disturb(self, room, started):
        """Does what is planned, as soon as the run is so far; the numbers of the hosts cut off."""
        cut = set()
        run = started.run_folder()
        harness.wait_until(lambda: f"{WORKERS + 1} of {WORKERS + 1} workers on" in started.stderr()
                           or started.is_over(), "all at work", LIMIT_S)
        begin = time.monotonic()
        events = []
        for moment, victim, what in plan(self.seed):
            share = moment * self.reference["evaluations"]
            harness.wait_until(lambda limit=share: started.is_over()
                               or self.evaluations(run) >= limit, "progress", LIMIT_S)
            if started.is_over():
                raise AssertionError(f"over before the last loss: {started.stderr()[-400:]}")
            getattr(room[victim], what)()
            if what == "cut":
                cut.add(victim)
            events.append(f"{what} h{victim} at {time.monotonic() - begin:.2f} s")
        self.row["events"] = "; ".join(events)
        return cut

    def look_for_leftovers(self, room, cut):
        """On a host that nobody can reach, files stay, and so does the daemon of Open MPI; the
        workers there must not."""
        unreachable = {room[number].name for number in cut}

        def processes():
            return [command for name, found in room.processes().items()
                    for command in found.values()
                    if name not in unreachable or "/orted " not in command]
        harness.wait_until(lambda: not processes(), "no process left", 60)
        left = {name: files for name, files in room.leftovers().items() if name not in unreachable}
        if left:
            raise AssertionError(f"files left: {left}")
        self.row["nothing_left"] = True


def environment():
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def undisturbed(arguments, folder):
    """The result and how many evaluations it takes."""
    (folder / "data.jsonl").write_text(workload.examples(), encoding="utf-8")
    (folder / "job.toml").write_text(harness.toml(workload.searcher()), encoding="utf-8")
    started = subprocess.run(
        [arguments.program, "optimize", "job.toml", "--json", "--set", "execution.slots=22"],
        cwd=folder, env=environment(), capture_output=True, text=True, check=True, timeout=LIMIT_S)
    outcome = json.loads(started.stdout)
    return {"result": outcome["result"], "evaluations": outcome["result"]["evaluations"]}


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", type=lambda word: pathlib.Path(word).resolve())
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--table", type=pathlib.Path, default=pathlib.Path("survival.csv"))
    parser.add_argument("--least", type=float, default=1.0)
    return parser.parse_args(words)


def measure_all(arguments, folder, writer, flush):
    """The rows' survivors."""
    reference_folder = folder / "undisturbed"
    reference_folder.mkdir()
    reference = undisturbed(arguments, reference_folder)

    def one(seed):
        own = folder / f"seed{seed}"
        own.mkdir()
        row = Run(seed, arguments, reference, own).measure()
        if row["survived"]:
            shutil.rmtree(own)
        return row
    survived = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for row in pool.map(one, range(arguments.first, arguments.first + arguments.seeds)):
            survived += row["survived"]
            writer.writerow(row)
            flush()
            print(",".join(str(row[column]) for column in COLUMNS), flush=True)
    return survived


def main():
    reason = hosts.unavailable()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    arguments = parse(sys.argv[1:])
    folder = pathlib.Path(tempfile.mkdtemp(prefix="survival.", dir="."))
    folder.chmod(0o755)
    with open(arguments.table, "w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, COLUMNS)
        writer.writeheader()
        survived = measure_all(arguments, folder.resolve(), writer, table.flush)
    low, high = wilson(survived, arguments.seeds)
    print(f"{survived} of {arguments.seeds} runs survived the loss of {LOST} of {WORKERS} hosts: "
          f"{survived / arguments.seeds:.3f}, Wilson 95 % interval {low:.3f} to {high:.3f}; "
          f"table: {arguments.table}")
    if survived < arguments.least * arguments.seeds:
        print(f"what the others left is in {folder}")
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
