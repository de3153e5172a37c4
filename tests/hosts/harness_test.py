"""The hosts themselves: they are separate, can crash and lose their cable, and nothing stays."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import hosts
import hosts_case
import program
from hosts_case import harness

CONNECT = "import socket,sys; socket.create_connection((sys.argv[1], 514), 1)"


def is_alive(pid):
    return pathlib.Path(f"/proc/{pid}").exists()


def network_devices():
    return subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True,
                          timeout=60).stdout


class Separate(hosts_case.HostsTest):

    @classmethod
    def setUpClass(cls):
        cls.before = network_devices(), pathlib.Path("/proc/self/mounts").read_text("utf-8")

    def setUp(self):
        super().setUp()
        self.hosts = self.make_hosts(3)

    def reach(self, source, target):
        """By ICMP and by TCP: whether packets pass."""
        ping = source.run("ping", "-c", "1", "-W", "1", target.name, check=False)
        connect = source.run(sys.executable, "-c", CONNECT, target.name, check=False)
        return ping.returncode == 0, connect.returncode == 0

    def expect_connected(self, source, target):
        """Soon: the search for a neighbour is repeated once a second."""
        harness.wait_until(lambda: self.reach(source, target) == (True, True), "connected", 20)

    def expect_cut(self, source, target):
        self.assertEqual(self.reach(source, target), (False, False))

    def test_each_has_its_own_name_processes_and_folders(self):
        for host in self.hosts:
            self.assertEqual(host.run("hostname").stdout.strip(), host.name)
            self.assertEqual(host.run("sh", "-c", "echo $$ >/dev/shm/x; ls /dev/shm").stdout, "x\n")
            self.assertEqual(host.path("/dev/shm/x").read_text("ascii"),
                             host.run("cat", "/dev/shm/x").stdout)
            self.assertLess(int(host.path("/dev/shm/x").read_text("ascii")), 100)
            host.run("rm", "/dev/shm/x")
            self.assertEqual(host.run("ls", self.folder / "etc_hosts", program.PROGRAM).stderr, "")

    def test_nothing_shows_on_the_machine(self):
        now = network_devices(), pathlib.Path("/proc/self/mounts").read_text("utf-8")
        self.assertEqual(now, self.before)

    def test_commands_end_as_they_end_and_get_signals(self):
        self.assertEqual(self.hosts[0].run("sh", "-c", "exit 7", check=False).returncode, 7)
        self.assertEqual(self.hosts[0].run("sh", "-c", "kill -9 $$", check=False).returncode, -9)
        script = "trap 'exit 5' TERM; echo up; while :; do sleep 0.01; done"
        started = self.hosts[1].start("sh", "-c", script, stdout=subprocess.PIPE)
        started.stdout.readline()
        started.send_signal(signal.SIGTERM)
        self.assertEqual(started.wait(20), 5)
        started.stdout.close()

    def test_a_killed_command_leaves_nothing(self):
        started = self.hosts[1].start("sleep", "1000")
        harness.wait_until(lambda: "sleep 1000" in str(self.hosts[1].processes()), "it runs")
        started.kill()
        started.wait(20)
        harness.wait_until(lambda: not self.hosts[1].processes(), "it is gone", 10)

    def test_the_remote_shell(self):
        there = self.hosts[0].run(hosts.RSH, "h2", "hostname;", "echo e >&2;", "exit 4",
                                  check=False)
        self.assertEqual((there.returncode, there.stdout, there.stderr), (4, "h2\n", "e\n"))
        self.hosts[1].crash()
        lost = self.hosts[0].run(hosts.RSH, "h1", "true", check=False)
        self.assertEqual(lost.returncode, 255, lost)
        unknown = self.hosts[0].run(hosts.RSH, "nobody", "true", check=False)
        self.assertEqual(unknown.returncode, 255, unknown)

    def test_cut_and_heal(self):
        self.expect_connected(self.hosts[0], self.hosts[1])
        started = self.hosts[1].start("sleep", "1000")
        self.hosts[1].cut()
        self.expect_cut(self.hosts[0], self.hosts[1])
        self.expect_cut(self.hosts[1], self.hosts[2])
        self.expect_connected(self.hosts[0], self.hosts[2])
        self.assertIsNone(started.poll(), "a cut host works on")
        self.hosts[1].heal()
        self.expect_connected(self.hosts[0], self.hosts[1])
        started.kill()
        started.wait(20)

    def test_a_crash_ends_every_process_and_a_boot_starts_anew(self):
        host = self.hosts[1]
        started = host.start("sh", "-c", "touch /tmp/x; setsid sleep 1000 & exec sleep 1000")
        pids = harness.wait_until(
            lambda: len(host.processes()) == 2 and list(host.processes()), "two processes")
        host.crash()
        self.assertFalse(any(map(is_alive, pids)))
        self.assertEqual(started.wait(20), -signal.SIGKILL)
        self.expect_cut(self.hosts[0], host)
        self.assertFalse(host.is_up())
        host.boot()
        self.expect_connected(self.hosts[0], host)
        self.assertEqual(host.leftovers(), [])

    def test_shared_disks_fill_up_and_grow(self):
        made = hosts.Hosts(2, self.folder, shared=[program.SOURCE], disks={"small": "64k"})
        self.addCleanup(made.close)
        fill = ("dd", "if=/dev/zero", f"of={self.folder}/small/x", "bs=1k", "count=100")
        full = made[0].run(*fill, check=False)
        self.assertIn("No space left", full.stderr)
        made.resize_disk("small", "1m")
        made[1].run(*fill)
        self.assertEqual((made.disk("small") / "x").stat().st_size, 102400)
        self.assertEqual(os.listdir(self.folder / "small"), [], "not on the machine's own disk")


OWN_TEST = """
import sys, time
sys.path.insert(0, sys.argv[1])
import hosts
made = hosts.Hosts(2, sys.argv[2])
made[0].start("sh", "-c", "setsid sleep 1000 & exec sleep 1000")
made[1].start("mpirun", "--host", "h0:1,h1:1", "-n", "2", "sleep", "1000")
while "sleep" not in str(made[0].processes()) or "orted" not in str(made[0].processes()):
    time.sleep(0.01)
print(*(pid for host in made for pid in host.processes(infrastructure=True)), flush=True)
time.sleep(1000)
"""


class Killed(hosts_case.HostsTest):

    def test_nothing_is_left_of_a_killed_test(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(signal=number):
                owner = subprocess.Popen(
                    [sys.executable, "-B", "-c", OWN_TEST, str(hosts.HERE), str(self.folder)],
                    env=self.environment, stdout=subprocess.PIPE)
                pids = [int(word) for word in owner.stdout.readline().split()]
                self.assertGreater(len(pids), 8)
                self.assertTrue(all(map(is_alive, pids)))
                owner.send_signal(number)
                owner.wait(20)
                owner.stdout.close()
                started = time.monotonic()
                harness.wait_until(lambda: not any(map(is_alive, pids)), "all gone", 20)
                print(f"gone {time.monotonic() - started:.2f} s after signal {number}")
        harness.wait_until(lambda: not self.processes(), "wrappers gone, too", 20)

    def test_the_sweeper_removes_folders_of_killed_tests_only(self):
        stale = self.folder / "stale"
        for folder in (stale, self.folder / "foreign"):
            folder.mkdir()
            (folder / "file").touch()
        (stale / hosts_case.OWNER).touch()
        hosts_case.sweep(self.folder)
        self.assertFalse(stale.exists())
        self.assertTrue((self.folder / "foreign").exists())
        hosts_case.sweep(self.folder.parent)
        self.assertTrue(self.folder.exists(), "this test is alive")


if __name__ == "__main__":
    hosts_case.main()
