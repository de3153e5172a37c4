"""`foundation optimize -n` where ranks cannot be started, or on some hosts only."""

import json
import os
import unittest

import harness
import launcher
import workload


class Starts(launcher.LauncherTest):

    def refuse_start(self, *arguments, message, hint="", environment=None):
        started = self.start("optimize", "job.toml", *arguments, environment=environment)
        said = self.ended(started, 5)
        self.assertEqual(said.count("error: "), 1, said)
        self.assertIn(message, said)
        self.assertIn(hint, said)
        return said

    def test_wrong_usage(self):
        for arguments, message in (
                (("--launcher", "mpirun"), "how many ranks?"),
                (("--max-relaunches", "3"), "--max-relaunches is about ranks"),
                (("--hosts", "a,,b"), "is no host"),
                (("--hosts", "a:1", "-n", "2"), "do not fit"),
                (("--hosts", "a", "--hostfile", "x"), "excludes"),
                (("--hostfile", "missing"), "cannot read the host file"),
                (("-n", "0"), "0"),
                (("-n", "2", "--launcher", "qsub"), "qsub"),
                (("-n", "2", "--start-timeout", "soon"), "no duration"),
                (("-n", "2", "--min-ranks", "3"), "--min-ranks 3")):
            with self.subTest(arguments=arguments):
                self.refuse("optimize", "job.toml", *arguments, message=message)

    def test_ranks_start_no_ranks(self):
        self.refuse("optimize", "job.toml", "-n", "2", message="is a rank itself",
                    hint="leave these options out", environment={"OMPI_COMM_WORLD_SIZE": "4"})

    def test_a_bad_job_fails_before_anything_starts(self):
        self.write_job(workload.sleeper(trainset={"file": "missing.csv"}), "bad.toml")
        started = self.path_with(mpirun="touch started\n")
        self.refuse("optimize", "bad.toml", "-n", "2", message="missing.csv", environment=started)
        self.assertFalse((self.folder / "started").exists())

    def test_no_mpirun(self):
        self.refuse_start("-n", "2", message="there is no mpirun on the PATH", hint="openmpi-bin",
                          environment={"PATH": str(self.folder)})

    @unittest.skipUnless(os.geteuid() == 0, "only root is refused")
    def test_root_without_consent(self):
        for name in ("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"):
            del self.environment[name]
        self.refuse_start("-n", "2", message="refuses to start anything for root",
                          hint="work as another user")

    def test_an_mpirun_that_fails_is_not_tried_for_ever(self):
        said = self.refuse_start(
            "-n", "2", message="the run did not start: mpirun ended with status 7",
            hint="foundation doctor",
            environment=self.path_with(
                mpirun="echo once >> starts\necho no such fabric >&2\nexit 7\n"))
        self.assertIn("no such fabric", said)
        self.assertEqual((self.folder / "starts").read_text(encoding="utf-8"), "once\n")

    def test_a_start_that_hangs_is_ended(self):
        stubborn = "trap '' TERM USR1\nwhile true; do sleep 1; done\n"
        said = self.refuse_start("-n", "2", "--start-timeout", "2s",
                                 message="the ranks did not begin within 2s",
                                 environment=self.path_with(mpirun=stubborn))
        self.assertIn("attempt 1", said)

    def test_attempts_without_progress_are_bounded(self):
        """An mpirun whose ranks claim the run and are lost each time."""
        self.mpi_leftovers_expected = True  # of the real one, which the script kills
        real = "PATH=${PATH#*:} mpirun"
        script = (f"{real} \"$@\" --set program.sleep_mean=1h & p=$!\n"
                  "while ! ls runs/*/journal/E*-S*.log >/dev/null 2>&1; do sleep 0.1; done\n"
                  "echo once >> starts\nsleep 1\nkill -9 $p; wait $p\n")
        self.write_job(workload.sleeper(program={"sleep_mean": "1h", "sleep_sigma": 0.0}))
        self.refuse_start("-n", "1", "--max-relaunches", "2", message="given up after attempt 3",
                          environment=self.path_with(mpirun=script))
        self.assertEqual((self.folder / "starts").read_text(encoding="utf-8"), "once\n" * 3)

    def test_hosts_without_an_answer_are_left_out(self):
        agent = self.executable("agent", "echo \"$1: name unknown\" >&2\nexit 9\n")
        agent_set = {"OMPI_MCA_plm_rsh_agent": str(agent)}
        outcome = self.optimize("--hosts", "localhost:2,nohost:2", environment=agent_set)
        self.assertIn("left out, no answer: nohost: nohost: name unknown", outcome["stderr"])
        self.assertIn("2 of 4 ranks, on localhost:2", outcome["stderr"])
        self.refuse_start("--fresh", "--hosts", "nohost:2", message="no host is left",
                          hint="ssh HOST true", environment=agent_set)

    def test_a_host_that_hangs_is_left_out(self):
        """Nobody else is asked, so that it takes half a minute."""
        self.write_job(workload.sleeper(program={"sleep_mean": "100us"}))
        agent = self.executable("agent", "sleep 60\n")
        outcome = self.optimize("--hosts", "localhost:1,slow:1", "--min-ranks", "1",
                                environment={"OMPI_MCA_plm_rsh_agent": str(agent)})
        self.assertIn("slow: no answer in time", outcome["stderr"])

    def test_srun_in_an_allocation(self):
        """The command lines for Slurm, with stand-ins for its commands."""
        srun = ("[ \"$1\" = --mpi=list ] && { echo 'pmix_v4 none' >&2; exit 0; }\n"
                "echo \"$@\" >> srun.log\nwhile [ \"${1#-}\" != \"$1\" ]; do shift; done\n"
                "unset SLURM_JOB_ID\n"
                "exec mpirun --oversubscribe --bind-to none -np 2 \"$@\"\n")
        environment = self.path_with(
            srun=srun, squeue="echo 'n[1-2]'\n", scontrol="printf 'n1\\nn2\\n'\n")
        environment |= {"SLURM_JOB_ID": "17", "SLURM_CPUS_PER_TASK": "2"}
        outcome = self.optimize("--launcher", "srun", environment=environment)
        self.assertEqual(outcome["result"], self.undisturbed())
        words = (self.folder / "srun.log").read_text(encoding="utf-8").split()
        for word in ("--mpi=pmix", "--no-kill", "--kill-on-bad-exit=0", "--ntasks=2", "--nodes=2",
                     "--nodelist=n1,n2", "--ntasks-per-node=1", "--cpus-per-task=2"):
            self.assertIn(word, words)
        default = json.loads(self.call("optimize", "job.toml", "--dry-run", "-n", "2", "--json",
                                       environment=environment).stdout)
        self.assertEqual(default["hosts"], "n1:1,n2:1")

if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
