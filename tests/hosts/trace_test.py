"""Tracing over several hosts: jobscripts/trace.sbatch and the control of a running trace on a Slurm
cluster. One file from all hosts, nothing unmatched, and the error of the clocks is stated."""

import json
import pathlib
import sys
import uuid

import hosts_case
import program
import slurm

sys.path.insert(0, str(program.SOURCE / "tests/apps/trace"))
import trace_file  # noqa: E402

SCRIPT = program.SOURCE / "jobscripts/trace.sbatch"
TRACED, LONG, DYING = (pathlib.Path(path) for path in sys.argv[3:6])
NODES, RANKS_A_NODE = 2, 2
RANKS = NODES * RANKS_A_NODE
SIZE = (f"--nodes={NODES}", f"--ntasks-per-node={RANKS_A_NODE}", "--time=5")


class TraceTest(hosts_case.HostsTest):

    def setUp(self):
        super().setUp()
        folders = [str(path.parent.resolve()) for path in (pathlib.Path(program.PROGRAM), TRACED)]
        self.environment["PATH"] = ":".join([*folders, self.environment["PATH"]])
        self.cluster = self.make_hosts(NODES, kind=slurm.Cluster)
        self.trace = self.folder / "t.h5"
        for node in self.cluster.nodes:
            self.give_own_clock(node)

    def give_own_clock(self, host):
        """All hosts of the test have one kernel: what tells clocks apart is its boot id."""
        name = self.folder / f"boot_id.{host.name}"
        name.write_text(f"{uuid.uuid4()}\n", encoding="ascii")
        host.run("mount", "--bind", name, "/proc/sys/kernel/random/boot_id")

    def submit(self, *command):
        return self.cluster.sbatch(SCRIPT, *SIZE, arguments=(self.trace, *command))

    def on(self, host, *arguments):
        """Runs the program on a host; what it prints as JSON."""
        return json.loads(self.cluster[host].run(program.PROGRAM, *arguments, "--json").stdout)

    def rings(self):
        return trace_file.rings(self.folder)

    def check_whole(self):
        self.assertEqual(trace_file.attributes(self.trace)["status"], "complete")
        processes = trace_file.table(self.trace, "processes")
        self.assertEqual(list(processes["rank"]), list(range(RANKS)))
        self.assertEqual({name.decode() for name in processes["host"]}, {"n1", "n2"})
        self.assertIsNone(self.rings())
        return json.loads(self.call("analyze", self.trace, "--json").stdout)

    def check_matched(self, shown):
        for leftover in ("unreceived_messages", "receives_without_message",
                         "incomplete_collectives"):
            self.assertEqual(shown["diagnosis"][leftover], 0, leftover)

    def test_one_file_from_all_hosts_with_the_error_of_their_clocks(self):
        job = self.submit(TRACED)
        self.cluster.wait_for(job, "COMPLETED", limit_s=200)
        shown = self.check_whole()
        self.check_matched(shown)
        self.assertEqual((shown["unbalanced"], shown["hosts"]), (0, NODES))
        clocks = shown["clocks"]
        self.assertEqual((clocks["unaligned_hosts"], clocks["violations"]), (0, 0))
        self.assertGreater(clocks["conditions"], 0)
        self.assertTrue(0 < clocks["bound_s"] < 0.1, clocks)
        output = self.cluster.output(job)
        self.assertRegex(output, rf"clocks of {NODES} hosts aligned by \d+ messages .* within")
        self.assertIn("the program ended with status 0", output)

    def test_a_program_that_dies_leaves_its_trace(self):
        job = self.submit(DYING, "kill", "3", "2000")
        self.cluster.wait_for(job, "FAILED", limit_s=200)
        self.assertEqual(len(trace_file.table(self.trace, "processes")["rank"]), RANKS)
        tags = trace_file.tags_of(self.trace, 3, "MPI_Sendrecv")
        self.assertEqual(list(tags), list(range(2000)))
        output = self.cluster.output(job)
        self.assertRegex(output, r"the program ended with status [1-9]")
        self.assertNotIn(f"{self.trace} failed", output)
        self.assertNotIn("any rank", output)
        shown = json.loads(self.call("analyze", self.trace, "--json", status=1).stdout)
        self.assertEqual({it["source"] for it in shown["messages"]}, set(range(RANKS)))

    def test_windows_are_opened_on_all_hosts_and_collected_from_one(self):
        stop = self.folder / "stop"
        job = self.submit(LONG, stop, "2000")
        self.cluster.wait_until(job, self.rings, "it records")
        self.cluster.wait_until(job, lambda: len(self.participants()) == RANKS, "all are there")
        own = self.on("n1", "trace", "stop", self.rings())
        self.assertEqual((own["participants"], own["missing"]), (RANKS, []))
        window = self.on("n2", "trace", "start", self.rings(), "--scope", "ranks=1-2")
        self.assertEqual((window["participants"], window["missing"]), (2, []))
        part = self.on("n1", "trace", "collect", self.rings(), "-o", self.folder / "part.h5")
        self.assertEqual((part["processes"], part["missing"]), (RANKS, []))
        stop.touch()
        self.cluster.wait_for(job, "COMPLETED", limit_s=200)
        self.check_whole()
        windows = trace_file.table(self.trace, "windows")
        self.assertEqual(sorted(int(rank) for rank, name in zip(windows["rank"], windows["id"])
                                if name.decode() == window["window"]), [1, 2])

    def participants(self):
        jobs = self.on("n1", "trace", "list", self.folder)["jobs"]
        return [it for job in jobs for it in job["processes"] if it["events"] > 2]


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
