"""Several hosts on one machine, for tests: namespaces that can crash and lose their cable.

    with Hosts(3, folder) as hosts:
        hosts[0].run(*hosts.mpirun_words(2), "hostname")
        hosts[1].crash()

A host has its own network interface, process ids, host name, /proc, /tmp, /run and /dev/shm; all
other files are shared, as on a cluster. Hosts find each other by name and start processes on each
other by rsh.py, which Open MPI takes instead of ssh (`environment` says so). All hosts of a test
are in one *room*: an outer PID, network and mount namespace. Nothing of it shows in the network
or the mounts of the machine, and the kernel removes it as a whole when the room's first process
ends: in close(), or whenever the process that made it ends, however it does.

Process ids are those outside, as os.kill takes them. Needs root: see unavailable().
"""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
NETWORK = "10.77.0"
BOOT_LIMIT_S = 60
RSH = HERE / "rsh.py"
# Open MPI: the remote shell, the one network there is, and root as the only user.
MPI_ENVIRONMENT = {
    "OMPI_MCA_plm_rsh_agent": str(RSH),
    "OMPI_MCA_btl_tcp_if_include": f"{NETWORK}.0/24",
    "OMPI_MCA_oob_tcp_if_include": f"{NETWORK}.0/24",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
RANK_VARIABLES = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK")


def unavailable():
    """Why there can be no hosts here; None if there can."""
    if os.geteuid() != 0:
        return "hosts in namespaces need root"
    for tool in ("unshare", "nsenter", "ip"):
        if not shutil.which(tool):
            return f"there is no command '{tool}' (packages util-linux, iproute2)"
    probe = subprocess.run(
        ["unshare", "--net", "--uts", "--ipc", "--pid", "--mount", "--fork", "--kill-child", "sh",
         "-c", "mount -t tmpfs tmpfs /tmp && ip link add name b0 type bridge && "
               "ip link add name v0 type veth peer name w0"],
        capture_output=True, text=True, check=False, timeout=BOOT_LIMIT_S)
    return None if probe.returncode == 0 else f"no namespaces: {probe.stderr.strip()}"


def wait_until(condition, what, limit_s=BOOT_LIMIT_S, pause_s=0.01):
    deadline = time.monotonic() + limit_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {limit_s} s still not: {what}")
        time.sleep(pause_s)
    return value


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


class Hosts:
    """A room of hosts h0, h1, ... (or with the given names), switched on."""

    # How command lines of a host's own processes start.
    daemons = (f"{sys.executable} -B {HERE}/init.py", f"{sys.executable} -B {RSH} --serve")

    def __init__(self, names, folder, shared=(), environment=None, disks=None):
        """`names`: how many, or a list. `folder`: logs and the default working folder of commands.
        `shared`: folders below /tmp, /run or /dev/shm that all hosts see as this process does.
        `environment`: of hosts and commands, instead of this process's.
        `disks`: {name: size}, small file systems folder/name that all hosts share."""
        self.folder = pathlib.Path(folder).resolve()
        self.shared = outermost([self.folder, HERE, *map(pathlib.Path, shared)])
        self.hosts_file = self.folder / "etc_hosts"
        self.environment = {**(os.environ if environment is None else environment),
                            **MPI_ENVIRONMENT}
        if isinstance(names, int):
            names = [f"h{number}" for number in range(names)]
        self.hosts = [Host(self, number, name) for number, name in enumerate(names, start=1)]
        lines = ["127.0.0.1 localhost", *(f"{host.address} {host.name}" for host in self.hosts)]
        self.hosts_file.write_text("\n".join(lines) + "\n", encoding="ascii")
        self.disks = disks or {}
        self.init = Init(["unshare", "--pid", "--net", "--mount", "--fork", "--kill-child"],
                         ["room"], self.log("room"), self.environment)
        try:
            self.furnish()
        except BaseException:
            self.close()
            raise

    def furnish(self):
        self.init.wait_until_ready()
        self.ip("link set lo up", "link add bridge type bridge", "link set bridge up")
        for name, size in self.disks.items():
            (self.folder / name).mkdir(exist_ok=True)
            self.mount("-t", "tmpfs", "-o", f"size={size}", "disk", self.folder / name)
        for host in self.hosts:
            host.start_booting()
        for host in self.hosts:
            host.finish_booting()

    def close(self):
        """Ends every host and waits until nothing of them runs."""
        self.init.end()
        for host in self.hosts:
            if host.init:
                host.init.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __getitem__(self, key):
        """By number or name."""
        if isinstance(key, int):
            return self.hosts[key]
        return next(host for host in self.hosts if host.name == key)

    def __iter__(self):
        return iter(self.hosts)

    def __len__(self):
        return len(self.hosts)

    def log(self, name):
        return self.folder / f"{name}.log"

    def inside(self, *namespaces):
        """Words to put before a command that shall run in the room, beside the hosts."""
        return ["nsenter", f"--target={self.init.pid}", *(f"--{kind}" for kind in namespaces),
                "--"]

    def ip(self, *lines):
        return ip_batch(self.inside("net"), lines)

    def mount(self, *arguments):
        subprocess.run([*self.inside("mount"), "mount", *map(str, arguments)], check=True,
                       timeout=BOOT_LIMIT_S)

    def resize_disk(self, name, size):
        self.mount("-o", f"remount,size={size}", self.folder / name)

    def disk(self, name):
        """Where a shared disk is seen from outside; hosts see it at folder/name."""
        return pathlib.Path(f"/proc/{self.init.pid}/root{self.folder}") / name

    # --- MPI over hosts ---------------------------------------------------------------------------

    def mpirun_words(self, ranks_a_host, options=(), hosts=None):
        """mpirun over all (or the given) hosts, to be run on one of them."""
        hosts = self.hosts if hosts is None else hosts
        places = ",".join(f"{host.name}:{ranks_a_host}" for host in hosts)
        return ("mpirun", "--bind-to", "none", "--host", places, "-n",
                str(len(hosts) * ranks_a_host), *options)

    def mpirun(self, ranks_a_host, options=(), hosts=None):
        """Words to put before a program: mpirun_words on the first host."""
        return (*self.hosts[0].enter(), *self.mpirun_words(ranks_a_host, options, hosts))

    def ranks(self):
        """{rank: (host, pid)} of the MPI job that runs on these hosts."""
        return {rank: (host, pid) for host in self.hosts for rank, pid in host.ranks().items()}

    def is_daemon(self, command):
        return command.startswith(self.daemons)

    def processes(self):
        """{host name: {pid: command line}} of what tests have started and still runs."""
        found = {host.name: host.processes() for host in self.hosts}
        return {name: processes for name, processes in found.items() if processes}

    def leftovers(self):
        """{host name: files} that are left in /tmp and /dev/shm of the hosts that are up."""
        found = {host.name: host.leftovers() for host in self.hosts if host.is_up()}
        return {name: files for name, files in found.items() if files}


def outermost(folders):
    """Without those that are inside of others."""
    found = []
    for folder in sorted({folder.resolve() for folder in folders}):
        if not any(folder.is_relative_to(other) for other in found):
            found.append(folder)
    return found


def ip_batch(way, lines):
    """Runs `ip` once for some lines; returns what it prints."""
    return subprocess.run([*way, "ip", "-details", "-batch", "-"], input="\n".join(lines) + "\n",
                          stdout=subprocess.PIPE, text=True, check=True,
                          timeout=BOOT_LIMIT_S).stdout


def namespace_of(pid):
    try:
        return os.stat(f"/proc/{pid}/ns/pid").st_ino
    except OSError:
        return None


def processes_in(init):
    """Live processes in the PID namespace of a process: {pid: command line}."""
    wanted = namespace_of(init)
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or namespace_of(entry) != wanted or wanted is None:
            continue
        with contextlib.suppress(OSError):
            command = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes()
            if command:  # zombies have none
                found[int(entry)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def parent_of(pid):
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("PPid:"):
                return int(line.split()[1])
    return 0


def rank_of(pid):
    """The MPI rank that a process belongs to, by its environment; None if to none."""
    with contextlib.suppress(OSError):
        environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        values = dict(entry.partition(b"=")[::2] for entry in environment)
        for name in RANK_VARIABLES:
            if name.encode() in values:
                return int(values[name.encode()])
    return None
