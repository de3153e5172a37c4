"""Secrets in the environment and in a private file turn up nowhere: not in the run folder, journal,
HDF5 file or logs, not in what is printed, and in no command line while the run is at work."""

import base64
import pathlib
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "apps/e2e"))
import harness  # noqa: E402
import workload  # noqa: E402


def spellings(secret):
    """The ways in which a file may hold it."""
    plain = secret.encode()
    return [plain, plain[::-1], plain.hex().encode(), base64.b64encode(plain).rstrip(b"=")[:-2],
            secret.encode("utf-16-le")]


def holders(secret, folder):
    """Files below a folder that hold the secret in one of its spellings."""
    wanted = spellings(secret)
    return {path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
            and any(spelling in path.read_bytes() for spelling in wanted)}


class Canary(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.secret = f"canary-{uuid.uuid4().hex}"
        self.safe = self.folder / "safe"
        self.safe.mkdir()
        self.key_file = self.safe / "key"
        self.key_file.touch(mode=0o600)
        self.key_file.write_text(self.secret, encoding="utf-8")
        self.environment |= {"CANARY_API_KEY": self.secret, "CANARY_KEY_FILE": str(self.key_file)}
        self.write("data.jsonl", workload.examples(300))

    def check_nothing_holds_it(self, *printed):
        # The search itself works: it finds the one place where the secret is.
        self.assertEqual(holders(self.secret, self.folder), {self.key_file})
        for text in printed:
            self.assertNotIn(self.secret, text)

    def watch(self, started):
        """Command lines of our processes, looked at as long as the run lasts."""
        seen = set()
        while not started.is_over():
            seen |= set(self.processes().values())
            time.sleep(0.01)
        self.assertTrue(seen)
        for command in seen:
            self.assertNotIn(self.secret, command)

    def run_and_look(self, launcher):
        self.write_job(workload.sleeper(strategy={"candidates": 8}))
        started = self.start("optimize", "job.toml", launcher=launcher)
        self.watch(started)
        self.assertEqual(started.wait(), 0, started.stderr())
        printed = [started.stdout(), started.stderr()]
        for command in ("report", "status", "verify"):
            for option in ((), ("--json",)):
                printed.append(self.call(command, "last", *option).stdout)
        printed.append(self.call("config", "job.toml", "--json").stdout)
        printed.append(self.call("--version", "--json").stdout)
        self.assertGreater(len(list(self.latest_run().rglob("*"))), 4)
        self.check_nothing_holds_it(*printed)

    def test_one_process(self):
        self.run_and_look(harness.SERIAL)

    def test_two_ranks(self):
        self.run_and_look(harness.mpirun(2))

    def test_a_killed_run(self):
        self.write_job(workload.sleeper())
        started = self.start("optimize", "job.toml")
        started.run_folder()
        self.kill_all(started)
        self.check_nothing_holds_it(started.stdout(), started.stderr())
        self.optimize("--set", "budget.evaluations=200")
        self.check_nothing_holds_it()

    def test_errors(self):
        self.write_job(workload.sleeper(strategy={"candidats": 8}))
        printed = self.call("optimize", "job.toml", "--json", status=2)
        doctor = self.start("doctor", "--json")
        doctor.wait()
        self.check_nothing_holds_it(printed.stdout, printed.stderr, doctor.stdout(),
                                    doctor.stderr())


if __name__ == "__main__":
    harness.main()
