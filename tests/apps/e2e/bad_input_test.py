"""Bad input ends with one clear message and the right exit status, and costs nothing that was
done before."""

import contextlib
import pathlib
import subprocess
import unittest

import h5py
import harness
import workload

# name -> changes of the job, arguments, exit status, parts of the message
JOBS = {
    "missing trainset": ({"trainset": {"file": "nowhere.jsonl"}}, [], 2, ["nowhere.jsonl"]),
    "wrong type": ({"strategy": {"candidates": "many"}}, [], 2, ["bad.toml:", "candidates"]),
    "unknown key": ({"strategy": {"candidats": 3}}, [], 2,
                    ["unknown key 'candidats'", "did you mean 'candidates'"]),
    "unknown section": ({"stratgy": {"kind": "random"}}, [], 2, ["stratgy", "strategy"]),
    "unknown program": ({"program": {"kind": "quantum"}}, [], 2, ["quantum"]),
    "unknown strategy": ({"strategy": {"kind": "guess"}}, [], 2, ["guess"]),
    "label not in data": ({"trainset": {"label": "clas"}}, [], 2, ["clas", "class"]),
    "labels are no numbers": ({"metric": {"kind": "mean_absolute_error"}}, [], 2, ["number"]),
    "empty trainset": ({"trainset": {"file": "empty.jsonl"}}, [], 2, ["empty.jsonl"]),
    "bad line": ({"trainset": {"file": "bad.jsonl"}}, [], 2, ["bad.jsonl:2:"]),
    "budget below the baseline": ({"budget": {"evaluations": 5}}, [], 4, ["budget"]),
    "unwritable output": ({}, ["--set", "run.folder=data.jsonl/runs"], 5, ["data.jsonl/runs"]),
}


class BadInput(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples())
        self.write("empty.jsonl", "")
        self.write("bad.jsonl", '{"id": "a", "text": "x", "class": "y"}\n{"id": "b", "text": \n')

    def test_jobs(self):
        self.write_job(workload.classifier())
        good = self.optimize()
        for name, (changes, arguments, status, parts) in JOBS.items():
            with self.subTest(name):
                self.write_job(workload.classifier(**changes), "bad.toml")
                ended = self.start("optimize", "bad.toml", *arguments)
                self.assertEqual(ended.wait(), status, ended.stderr())
                shown = ended.stdout() + ended.stderr()
                for part in parts:
                    self.assertIn(part, shown)
                self.assertNotIn("internal error", shown)
        again = self.optimize()
        self.assertTrue(again["already_complete"], "what was done before is still there")
        self.assertEqual(again["result"], good["result"])

    def test_missing_job_file(self):
        self.refuse("optimize", "jop.toml", message="jop.toml")

    def test_answers_that_are_no_numbers_end_the_run_early(self):
        self.call("init", "oscillator", ".")
        self.write("oscillator.jsonl", "".join(
            f'{{"id": "{number}", "t": 1e300, "y": {number}}}\n' for number in range(400)))
        ended = self.start("optimize", "job.toml")
        self.assertEqual(ended.wait(), 4, ended.stderr())
        shown = ended.stdout() + ended.stderr()
        for part in ("the first 10 evaluations of the baseline all failed", "invalid_output"):
            self.assertIn(part, shown)
        self.assertEqual(self.start("status", self.latest_run()).wait(), 4)

    def test_a_run_of_another_job_is_refused(self):
        self.write_job(workload.classifier())
        run = self.optimize()["run"]
        for changes in ({"job": {"seed": 5}}, {"program": {"kind": "nothing"},
                                              "strategy": {"kind": "random"}}):
            self.write_job(workload.classifier(**changes), "other.toml")
            self.refuse("optimize", "other.toml", "--run", run, message="run of another job",
                        hint="--fresh")
        self.call("verify", run)

    def test_a_changed_trainset_is_another_job(self):
        self.write_job(workload.classifier())
        first = self.optimize()
        self.write("data.jsonl", workload.examples(seed=8))
        self.refuse("optimize", "job.toml", "--run", first["run"], message="trainset")
        self.assertNotEqual(self.optimize()["run"], first["run"])
        self.write("data.jsonl", workload.examples())
        again = self.optimize("--run", first["run"])
        self.assertTrue(again["already_complete"])
        self.assertEqual(again["result"], first["result"])

    def test_files_of_others_are_refused(self):
        with h5py.File(self.folder / "other.h5", "w") as file:
            file["x"] = [1, 2, 3]
        self.write("text.h5", "no HDF5 at all\n")
        for name in ("other.h5", "text.h5"):
            ended = self.start("report", name)
            self.assertIn(ended.wait(), (2, 5), ended.stdout())
            self.assertIn(name, ended.stderr())
            self.assertNotIn("HDF5-DIAG", ended.stderr())

    def interrupted(self):
        """A run that was killed in the middle, and what it would have come to."""
        self.mpi_leftovers_expected = True
        self.write_job(workload.sleeper(program={"sleep_mean": "2ms"}))
        expected = self.optimize("--fresh", "--set", "run.folder=undisturbed")["result"]
        started = self.start("optimize", "job.toml")
        run = started.run_folder()
        harness.wait_until(lambda: "evaluations," in started.stderr(), "a progress line")
        self.kill_all(started)
        return run, expected

    def newest_segment(self, run):
        return max((run / "journal").glob("*.log"))

    def test_a_torn_tail_is_cut_with_a_notice(self):
        run, expected = self.interrupted()
        with open(self.newest_segment(run), "ab") as segment:
            segment.write(b"\x40\x00\x00\x00 torn in the middle of a rec")
        outcome = self.optimize()
        self.assertIn("cut off", outcome["stderr"])
        self.assertEqual(outcome["result"], expected)

    def test_damage_is_refused_with_place_and_remedy_and_salvaged(self):
        run, expected = self.interrupted()
        segment = self.newest_segment(run)
        content = bytearray(segment.read_bytes())
        content[len(content) // 2] ^= 0x10
        segment.write_bytes(content)
        ended = self.start("optimize", "job.toml")
        self.assertEqual(ended.wait(), 5, ended.stderr())
        for part in (segment.name, "--salvage"):
            self.assertIn(part, ended.stderr())
        self.assertEqual(self.optimize("--salvage")["result"], expected)

    def test_a_full_disk_ends_the_session_and_nothing_is_lost(self):
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(small)],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("mounting a small file system takes root")
        try:
            self.write_job(workload.classifier(
                strategy={"candidates": 2000}, run={"folder": str(small / "runs")}))
            ended = self.start("optimize", "job.toml")
            self.assertEqual(ended.wait(), 5, ended.stderr())
            self.assertIn("No space left", ended.stdout() + ended.stderr())
            subprocess.run(["mount", "-o", "remount,size=200m", str(small)], check=True)
            outcome = self.optimize()
            self.assertIn("resumed", outcome["stderr"])
            self.assertEqual(outcome["result"]["answer"],
                             self.answer("--fresh", "--set", "run.folder=beside"))
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                subprocess.run(["umount", "-l", str(small)], check=True)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    assert pathlib.Path(harness.program.PROGRAM).exists()
    harness.main()
