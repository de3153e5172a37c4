"""Real programs: the calls in their traces are as many as an independent library counts, process
by process and function by function, and the programs say what they say without a recorder.

    truth_test.py PROGRAM COUNTING_LIBRARY MPIEXEC WORKLOAD
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "apps" / "trace"))
import trace_file  # noqa: E402

PROGRAM, LIBRARY, MPIEXEC, WORKLOAD = sys.argv[1:5]
SKIPPED = 77
LIMIT_S = 900
SCALAPACK = pathlib.Path("/usr/lib/x86_64-linux-gnu/scalapack/openmpi-tests")

WATER = """start h2o
geometry
 O 0 0 0
 H 0 0.757 0.587
 H 0 -0.757 0.587
end
basis
 * library 6-31g*
end
task scf energy
"""

FFT = """from mpi4py import MPI
from mpi4py_fft import PFFT, newDistArray
import numpy
fft = PFFT(MPI.COMM_WORLD, [32, 32, 32], axes=(0, 1, 2), dtype=float)
u = newDistArray(fft, False)
u[:] = 1 + MPI.COMM_WORLD.Get_rank()
before = u.copy()
for _ in range(5):
    u = fft.backward(fft.forward(u))
assert numpy.allclose(u, before)
if MPI.COMM_WORLD.Get_rank() == 0:
    print("same")
"""


def need(path):
    if not pathlib.Path(path).exists():
        print(f"skipped: there is no {path}")
        sys.exit(SKIPPED)
    return str(path)


def lammps(folder):
    shutil.copy(need("/usr/share/lammps/examples/melt/in.melt"), folder)
    return 4, [need("/usr/bin/lmp"), "-in", "in.melt"], r"Total # of neighbors = (\d+)"


def hpcc(folder):
    text = pathlib.Path(need("/usr/share/doc/hpcc/examples/_hpccinf.txt")).read_text()
    text = re.sub(r"^\d+(\s+Ns)", r"200\1", text, flags=re.MULTILINE)
    text = re.sub(r"^\d+(\s+Ps)", r"2\1", text, flags=re.MULTILINE)
    text = re.sub(r"^\d+(\s+Qs)", r"1\1", text, flags=re.MULTILINE)
    (folder / "hpccinf.txt").write_text(text)
    return 2, [need("/usr/bin/hpcc")], None


def xdqr(folder):
    for file in pathlib.Path(need(SCALAPACK)).glob("*.dat"):
        shutil.copy(file, folder)
    return 4, [need(SCALAPACK / "xdqr")], r"PASSED"


def nwchem(folder):
    (folder / "h2o.nw").write_text(WATER)
    return 2, [need("/usr/bin/nwchem.openmpi"), "h2o.nw"], r"Total SCF energy = +(\S+)"


def mpi4py_fft(folder):
    need("/usr/lib/python3/dist-packages/mpi4py_fft")
    (folder / "fft.py").write_text(FFT)
    return 4, ["/usr/bin/python3", "fft.py"], r"same"


def run(folder, ranks, wrapper, command, environment):
    result = subprocess.run(
        [MPIEXEC, "-n", str(ranks), "--oversubscribe", "--bind-to", "none", *wrapper, *command],
        cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
                         **environment},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if result.returncode != 0:
        sys.exit(f"{command} ended with {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result.stdout


def counted(folder):
    counts = {}
    for file in folder.iterdir():
        lines = [line.split() for line in file.read_text().splitlines()]
        counts[int(file.name)] = {name: int(count) for name, count in lines}
    return counts


def recorded(path):
    processes = trace_file.table(path, "processes")
    calls = trace_file.table(path, "calls")
    counts = {int(pid): {} for pid in processes["pid"]}
    for process, name, count in zip(calls["process"], calls["name"], calls["count"]):
        if process >= 0:
            counts[int(processes["pid"][process])][name.decode()] = int(count)
    assert not processes["dropped"].any(), "dropped events"
    assert not calls["open"].any(), "calls without an end"
    return counts


def main():
    folder = pathlib.Path(tempfile.mkdtemp(dir=os.getcwd()))
    try:
        ranks, command, answer = globals()[WORKLOAD](folder)
        bare = run(folder, ranks, [], command, {})
        counts = folder / "counts"
        counts.mkdir()
        traced = run(folder, ranks, [PROGRAM, "trace", "-q", "-o", "t.h5", "--"], command,
                     {"COUNTS_FOLDER": str(counts), "LD_PRELOAD": LIBRARY})
        if answer is not None:
            assert re.findall(answer, bare), f"no answer in:\n{bare}"
            assert re.findall(answer, bare) == re.findall(answer, traced), "another answer"
        ours, theirs = recorded(folder / "t.h5"), counted(counts)
        checked = 0
        for pid, calls in ours.items():
            known = {name: count for name, count in calls.items() if name in NAMES}
            assert known == theirs[pid], f"{pid}: recorded {known}, counted {theirs[pid]}"
            checked += sum(known.values())
        events = len(trace_file.table(folder / "t.h5", "events")["time"])
        size = (folder / "t.h5").stat().st_size
        print(f"{WORKLOAD}: {checked} calls as counted, {events} events, "
              f"{size / max(events, 1):.2f} bytes an event")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


NAMES = {"MPI_" + name for name in re.findall(
    r"X\([\s\\]*(\w+),", pathlib.Path(__file__).with_name("counting_library.c").read_text())}
main()
