"""The base of tests in which hosts and ranks are lost under `foundation optimize -n --hosts`.

Times are from the event until the run's log tells of it.
"""

import json
import os
import re
import signal
import time

import hosts_case
from hosts_case import harness, workload

HEARTBEAT_LIMIT_S = 3
SILENCE_LIMIT_S = 10
END_LIMIT_S = 180


class SurvivalTest(hosts_case.HostsTest):
    """A run over hosts; `launcher_host` is where the command is given."""

    def prepare(self, count, **job):
        self.hosts = self.make_hosts(count)
        self.write_workload(workload.searcher(**job))
        self.undisturbed = self.answer("--set", "run.folder=undisturbed", *harness.MANY_SLOTS)

    def launch(self, hosts, *arguments, on=0, ranks_a_host=2):
        """Gives the command on a host; returns it once all ranks are at work."""
        places = ",".join(f"{host.name}:{ranks_a_host}" for host in hosts)
        ranks = ranks_a_host * len(hosts)
        self.launched = self.start(
            "optimize", "job.toml", "--json", "-n", ranks, "--hosts", places, "--silence-timeout",
            f"{SILENCE_LIMIT_S}s", "--set", f"execution.heartbeat_timeout={HEARTBEAT_LIMIT_S}s",
            *arguments, launcher=self.hosts[on].enter())
        self.run_path = self.launched.run_folder()
        self.wait_for_log(rf"{ranks} of {ranks} workers on")
        return self.hosts.ranks()

    def wait_for_log(self, pattern, limit_s=harness.LIMIT_S):
        """Waits until the run says so; the seconds it took."""
        before = time.monotonic()
        wanted = re.compile(pattern)

        def said():
            log = self.launched.stderr()
            assert wanted.search(log) or not self.launched.is_over(), log
            return wanted.search(log)
        harness.wait_until(said, pattern, limit_s)
        return time.monotonic() - before

    def wait_for_loss(self, rank, why, promised_s):
        """Waits until a rank counts as lost; ten times what is promised is the limit: the machine
        may be busy."""
        noticed = self.wait_for_log(rf"rank {rank} is lost: .*{why}")
        print(f"rank {rank} lost ({why}): noticed after {noticed:.3f} s, promised {promised_s} s")
        self.assertLess(noticed, 10 * promised_s)

    def kill(self, rank, number=signal.SIGKILL):
        os.kill(self.hosts.ranks()[rank][1], number)

    def check_end(self, attempts=1):
        """It ends by itself with the answer of an undisturbed run; nothing is left."""
        status = self.launched.wait(END_LIMIT_S)
        log = self.launched.stderr()
        self.assertEqual(status, 0, log)
        result = json.loads(self.launched.stdout())["result"]
        self.assertEqual(result["answer"], self.undisturbed, log)
        self.call("verify", self.run_path)
        self.assertEqual(log.count("relaunching"), attempts - 1, log)
        return log
