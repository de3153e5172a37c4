"""One host of hosts.py: its first process, its cable, its commands and its processes."""

import contextlib
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

from processes import parent_of, processes_in, rank_of

HERE = pathlib.Path(__file__).resolve().parent
NETWORK = "10.77.0"
BOOT_LIMIT_S = 60


def wait_until(condition, what, limit_s=BOOT_LIMIT_S, pause_s=0.01):
    deadline = time.monotonic() + limit_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {limit_s} s still not: {what}")
        time.sleep(pause_s)
    return value


def ip_batch(way, lines):
    """Runs `ip` once for some lines; returns what it prints."""
    return subprocess.run([*way, "ip", "-details", "-batch", "-"], input="\n".join(lines) + "\n",
                          stdout=subprocess.PIPE, text=True, check=True,
                          timeout=BOOT_LIMIT_S).stdout


class Init:
    """The first process of a room or host, started by way of other commands (unshare, nsenter)."""

    def __init__(self, way, role, log, environment):
        with open(log, "ab") as errors:
            self.starter = subprocess.Popen(
                [*way, sys.executable, "-B", HERE / "init.py", *role], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, env=environment, cwd="/",
                start_new_session=True)
        self.log = log
        self.pid = None

    def wait_until_ready(self):
        readable, _, _ = select.select([self.starter.stdout], [], [], BOOT_LIMIT_S)
        words = self.starter.stdout.readline().split() if readable else []
        if len(words) != 2:
            log = self.log.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"did not start within {BOOT_LIMIT_S} s:\n{log}")
        self.pid = int(words[1])

    def end(self):
        """Closes its standard input, kills it, and waits until nothing of its namespaces runs."""
        self.starter.stdin.close()
        if self.pid and self.starter.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.starter.wait(BOOT_LIMIT_S)
        self.starter.stdout.close()


class Host:
    """One host of a room; Hosts makes them."""

    def __init__(self, room, number, name):
        self.room = room
        self.name = name
        self.address = f"{NETWORK}.{number}"
        self.hardware = f"02:00:00:00:00:{number:02x}"
        self.port = f"veth{number}"  # its end of the cable, at the room's bridge
        self.init = None

    # --- power and cable --------------------------------------------------------------------------

    def start_booting(self):
        settings = {"name": self.name, "hosts_file": str(self.room.hosts_file),
                    "shared": [str(folder) for folder in self.room.shared]}
        way = [*self.room.inside("pid", "net", "mount"),
               "unshare", "--net", "--uts", "--ipc", "--pid", "--mount", "--fork", "--kill-child"]
        self.init = Init(way, ["host", json.dumps(settings)], self.room.log(self.name),
                         self.room.environment)

    def finish_booting(self):
        self.init.wait_until_ready()
        self.room.ip(f"link add {self.port} type veth peer name eth0 address {self.hardware} "
                     f"netns {self.init.pid}",
                     f"link set {self.port} master bridge", f"link set {self.port} up")
        ip_batch(["nsenter", f"--net=/proc/{self.init.pid}/ns/net"],
                 ["link set lo up", f"address add {self.address}/24 dev eth0", "link set eth0 up"])
        self.wait_until_connected()

    def wait_until_connected(self):
        """The kernel tells the bridge of a cable some time after it was plugged in."""
        def passes():
            shown = self.room.ip(f"link show {self.port}")
            return "state forwarding" in shown and "LOWER_UP" in shown
        wait_until(passes, f"{self.name} has a network")

    def boot(self):
        """Switches a crashed host on again: only its shared files are as they were."""
        self.start_booting()
        self.finish_booting()

    def is_up(self):
        return self.init is not None and self.init.starter.poll() is None

    def crash(self):
        """Power off: every process ends at once, connections just fall silent."""
        self.cut()
        self.room.ip(f"link delete {self.port}")
        self.init.end()

    def cut(self):
        """Unplugs the network cable."""
        self.room.ip(f"link set {self.port} down")

    def heal(self):
        """Plugs it in again; packets pass when this returns."""
        self.room.ip(f"link set {self.port} up")
        self.wait_until_connected()

    # --- commands ---------------------------------------------------------------------------------

    def enter(self):
        """Words to put before a command that shall run on this host."""
        return (sys.executable, "-B", str(HERE / "enter.py"), str(self.init.pid))

    def start(self, *command, **options):
        """subprocess.Popen of a command here; signals to it reach the command."""
        return subprocess.Popen([*self.enter(), *map(str, command)],
                                **{"env": self.room.environment, "cwd": self.room.folder,
                                   "stdin": subprocess.DEVNULL, "start_new_session": True,
                                   **options})

    def run(self, *command, limit_s=60, check=True, **options):
        """subprocess.run of a command here; raises if it fails and `check` is true."""
        result = subprocess.run(
            [*self.enter(), *map(str, command)], timeout=limit_s, check=False, text=True,
            **{"capture_output": True, "env": self.room.environment, "cwd": self.room.folder,
               "stdin": subprocess.DEVNULL, **options})
        if check and result.returncode != 0:
            raise AssertionError(f"{self.name}: {command}: exit status {result.returncode}\n"
                                 f"{result.stdout}\n{result.stderr}")
        return result

    def path(self, inside):
        """Where a file of this host, say /tmp/x, is seen from outside."""
        return pathlib.Path(f"/proc/{self.init.pid}/root") / str(inside).lstrip("/")

    def leftovers(self):
        """Files in /tmp and /dev/shm, without those that hosts share."""
        found = self.run("find", "/tmp", "/dev/shm", "-xdev", "!", "-type", "d")
        return found.stdout.split()

    # --- processes --------------------------------------------------------------------------------

    def processes(self, infrastructure=False):
        """Live processes: {pid: command line}, without the host's own daemons unless wanted."""
        if not self.is_up():
            return {}
        found = processes_in(self.init.pid)
        return {pid: command for pid, command in found.items()
                if infrastructure or not self.room.is_daemon(command)}

    def ranks(self):
        """MPI ranks on this host: {rank: pid}. Of a rank and its keeper: the rank, the child."""
        keepers = self.keepers()
        found = {}
        for pid, command in self.processes().items():
            rank = rank_of(pid)
            parent = parent_of(pid)
            if rank is not None and keepers.get(rank) == parent and " rebuild " not in command:
                found[rank] = pid
        return found

    def keepers(self):
        """The topmost process of each MPI rank here: {rank: pid}."""
        found = {}
        for pid in self.processes():
            rank = rank_of(pid)
            if rank is not None and rank_of(parent_of(pid)) != rank:
                found[rank] = pid
        return found
