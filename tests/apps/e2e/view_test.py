"""run.h5 can be opened at any time, from the first second of a run on and after every kill."""

import random
import signal
import threading
import time
import unittest

import h5py
import harness
import pandas
import workload
import xarray

OPENS = 1000


class Reader(threading.Thread):
    """Opens the file again and again, as any user would, with HDF5's default locking."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path = path
        self.opens = 0
        self.rows = 0
        self.failures = []
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                with h5py.File(self.path, "r") as file:
                    frame = {name: column[:] for name, column in file["candidates"].items()}
                    self.rows = max(self.rows, len(frame["candidate"]))
                    if "evaluations" in file:
                        table = file["evaluations"]
                        pandas.DataFrame({k: table[k][:] for k in table})
                self.opens += 1
            except Exception as error:  # noqa: BLE001 - any failure at all counts
                self.failures.append(repr(error))
            time.sleep(0.001)


class View(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.mpi_leftovers_expected = True
        self.write("data.jsonl", workload.examples())
        self.write_job(workload.sleeper(program={"sleep_mean": "3ms"}))

    def wait_for_view(self, run):
        started = time.monotonic()
        harness.wait_until((run / "run.h5").exists, "the first view", 20)
        return time.monotonic() - started

    def test_a_reader_never_fails_while_the_run_is_killed_and_continued(self):
        chance = random.Random(3)
        started = self.start("optimize", "job.toml")
        run = started.run_folder()
        self.wait_for_view(run)
        reader = Reader(run / "run.h5")
        reader.start()
        sessions = 0
        while not started.is_over():
            time.sleep(chance.uniform(0.2, 0.8))
            if started.is_over():
                break
            self.kill_all(started)
            sessions += 1
            started = self.start("optimize", "job.toml",
                                 launcher=harness.mpirun(2) if sessions % 2 else harness.SERIAL)
            if sessions > 6:
                self.assertEqual(started.wait(), 0, started.stderr())
        harness.wait_until(lambda: reader.opens >= OPENS or reader.failures, "enough opens")
        reader.over.set()
        reader.join()
        self.assertEqual(reader.failures, [])
        self.assertGreaterEqual(reader.opens, OPENS)
        self.assertEqual(reader.rows, 64)
        self.assertGreater(sessions, 2)

    def test_the_first_view_is_there_within_the_first_second(self):
        self.optimize("--fresh", "--set", "strategy.candidates=32")  # nothing is cold any more
        started = self.start("optimize", "job.toml", "--fresh")
        run = started.run_folder()
        waited = self.wait_for_view(run)
        started.send(signal.SIGTERM)
        started.wait()
        self.assertLess(waited, 10, "seconds; a second on a machine that is not overloaded")

    def test_tables_open_with_pandas_and_xarray(self):
        self.write_job(workload.classifier())
        run = harness.pathlib.Path(self.optimize()["run"])
        with h5py.File(run / "run.h5") as file:
            for name, table in file.items():
                frame = pandas.DataFrame({k: table[k][:] for k in table})
                self.assertEqual(len(frame), len(next(iter(table.values()))), name)
            evaluations = len(file["evaluations/score"])
        self.assertGreater(evaluations, 1000)
        with xarray.open_dataset(run / "run.h5", group="evaluations", engine="h5netcdf") as data:
            self.assertEqual(data.sizes["row"], evaluations)
            self.assertEqual(str(data["received_at"].dtype), "datetime64[ns]")

    def test_rebuild_makes_the_same_content(self):
        self.write_job(workload.classifier())
        run = harness.pathlib.Path(self.optimize()["run"])
        first = self.call("rebuild", run).stdout
        (run / "run.h5").unlink()
        self.call("verify", run, status=1)
        self.assertEqual(self.call("rebuild", run).stdout, first)
        self.call("verify", run)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
