"""`foundation doctor`: each check names what it found and, where needed, what to do."""

import json
import os

import program


class Doctor(program.ProgramTest):

    def doctor(self, *arguments, status=0, environment=None):
        result = self.call("doctor", "--json", *arguments, status=status, environment=environment)
        report = json.loads(result.stdout)
        for check in report["checks"]:
            self.assertIn(check["verdict"], ("ok", "warning", "failed"))
            self.assertTrue(check["found"], check)
            self.assertEqual(check["verdict"] == "ok", check["remedy"] == "", check)
        return report

    def check(self, report, name):
        found = [check for check in report["checks"] if check["check"] == name]
        self.assertTrue(found, f"{name}: {report}")
        return found[0]

    def test_looks_at_everything_that_matters(self):
        report = self.doctor()
        names = {check["check"] for check in report["checks"]}
        self.assertLessEqual({"libraries", "mpirun", "MPI start", "cores", "memory", "threads",
                              "limits", "/dev/shm", "TMPDIR", "run folder", "file locks"}, names)
        self.assertEqual(self.check(report, "MPI start")["found"],
                         "two ranks start and talk to each other")
        self.assertEqual(report["failed"], 0)
        self.assertEqual(os.listdir(self.folder), [])

    def test_prints_a_line_a_check(self):
        text = self.call("doctor").stdout
        self.assertIn("run folder", text)
        self.assertRegex(text, r"\d+ checks: 0 failed, \d+ warnings\n$")
        self.assertNotIn("\x1b", text)
        self.assertIn("\x1b[32mok", self.call("doctor", environment={"FORCE_COLOR": "1"}).stdout)

    def test_finds_a_missing_run_folder_and_launcher(self):
        report = self.doctor("--run-folder", "none", status=1, environment={"PATH": "/nowhere"})
        self.assertIn("none", self.check(report, "run folder")["found"])
        self.assertEqual(self.check(report, "mpirun")["found"], "not found")
        self.assertEqual(report["failed"], 2)

    def test_notices_a_start_that_mpi_would_not_join(self):
        report = self.doctor(status=1, environment={
            "SLURM_STEP_ID": "0", "SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "4"})
        own = self.check(report, "own start")
        self.assertIn("srun has started 4 processes", own["found"])
        self.assertIn("--mpi=pmix", own["remedy"])

    def test_warns_of_cores_that_slurm_promised(self):
        report = self.doctor(environment={"SLURM_CPUS_PER_TASK": "100000"})
        self.assertEqual(self.check(report, "cores")["verdict"], "warning")

    def test_reports_a_bad_temporary_folder(self):
        self.write("file", "")
        report = self.doctor(status=1, environment={"TMPDIR": str(self.folder / "file/below")})
        self.assertEqual(self.check(report, "TMPDIR")["verdict"], "failed")


if __name__ == "__main__":
    program.main()
