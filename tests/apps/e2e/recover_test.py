"""foundation recover: says what is damaged, keeps what is whole, loses nothing by looking."""

import json
import os
import unittest

import harness
import workload


class Recover(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(count=240))
        self.write_job(workload.classifier(strategy={"candidates": 12}))

    def finished_run(self):
        return self.optimize()["result"], self.latest_run()

    def segment(self, run):
        return min((run / "journal").glob("*.log"))

    def flip(self, file, where=0.5):
        content = bytearray(file.read_bytes())
        content[int(len(content) * where)] ^= 0x10
        file.write_bytes(content)

    def look(self, run, *options, status):
        return json.loads(self.call("recover", run, "--json", *options, status=status).stdout)

    def test_a_sound_run_needs_nothing(self):
        _, run = self.finished_run()
        before = self.contents(run)
        found = self.look(run, status=0)
        self.assertEqual((found["state"], found["damage"], found["lost"]), ("clean", [], None))
        self.assertGreater(found["kept"]["evaluations"], 0)
        self.assertIn("the journal is sound", self.call("recover", run, "--salvage").stdout)
        self.assertEqual(self.contents(run), before)

    def test_a_torn_tail_is_told_apart_from_damage(self):
        _, run = self.finished_run()
        with open(self.segment(run), "ab") as segment:
            segment.write(b"\x40\x00\x00\x00 torn in the middle of a rec")
        found = self.look(run, status=0)
        self.assertEqual((found["state"], found["damage"]), ("torn", []))
        self.assertIn("never acknowledged", self.call("recover", run).stdout)

    def contents(self, run):
        return {path.relative_to(run): path.read_bytes()
                for path in run.rglob("*") if path.is_file()}

    def test_damage_is_named_kept_as_evidence_and_salvaged(self):
        expected, run = self.finished_run()
        whole = self.look(run, status=0)["kept"]["records"]
        self.flip(self.segment(run))
        before = self.contents(run)
        refused = self.start("optimize", "job.toml")
        self.assertEqual(refused.wait(), 5)
        self.assertIn("foundation recover", refused.stderr())

        found = self.look(run, status=1)
        self.assertEqual(found["state"], "damaged")
        self.assertEqual(found["damage"][0]["file"], "journal/E000001-S000001.log")
        self.assertGreater(found["damage"][0]["offset"], 0)
        self.assertEqual(found["lost"], {"first": found["kept"]["records"] + 1, "last": whole})
        self.assertEqual(found["view_sequence"], whole)
        shown = self.call("recover", run, status=1).stdout
        for text in ("E000001-S000001.log, byte", found["damage"][0]["reason"], "kept", "lost",
                     "--salvage"):
            self.assertIn(text, shown)
        self.assertEqual(self.contents(run), before)  # looking changes nothing

        self.call("recover", run, "--salvage")
        after = self.contents(run)
        self.assertEqual({path: after[path] for path in before}, before)  # evidence
        self.assertEqual([after[path] for path in after if path.name.startswith("run-before")],
                         [before[path] for path in before if path.name == "run.h5"])
        self.assertEqual(self.look(run, status=0)["kept"]["records"], found["kept"]["records"])
        outcome = self.optimize()
        self.assertEqual(outcome["result"], expected)
        self.assertIn("resumed", outcome["stderr"])
        self.call("verify", run)

    def test_optimize_salvages_a_finished_run_the_same_way(self):
        expected, run = self.finished_run()
        self.flip(self.segment(run), where=0.3)
        outcome = self.optimize("--salvage")
        self.assertIn("salvaged", outcome["stderr"])
        self.assertEqual(outcome["result"], expected)
        self.call("verify", run)

    def test_lost_files_are_damage_too(self):
        expected, run = self.finished_run()
        os.remove(self.segment(run))
        found = self.look(run, status=1)
        self.assertEqual(found["kept"]["records"], 0)
        self.call("recover", run, "--salvage")
        self.assertEqual(self.optimize()["result"], expected)

    def test_a_run_at_work_is_left_alone(self):
        self.write_job(workload.sleeper(program={"sleep_mean": "5ms"}))
        started = self.start("optimize", "job.toml")
        run = started.run_folder()
        harness.wait_until(lambda: "evaluations," in started.stderr(), "a progress line")
        self.flip(self.segment(run), where=0.1)
        refused = self.call("recover", run, "--salvage", status=2)
        self.assertIn("belongs to process", refused.stderr)
        self.kill_all(started)
        self.mpi_leftovers_expected = True
        self.call("recover", run, "--salvage")


if __name__ == "__main__":
    harness.main()
