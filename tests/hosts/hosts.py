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

import os
import pathlib
import shutil
import subprocess
import sys

from host import BOOT_LIMIT_S, HERE, NETWORK, Host, Init, ip_batch

RSH = HERE / "rsh.py"
# Open MPI: the remote shell, the one network there is, and root as the only user.
MPI_ENVIRONMENT = {
    "OMPI_MCA_plm_rsh_agent": f"{sys.executable} {RSH}",
    "OMPI_MCA_btl_tcp_if_include": f"{NETWORK}.0/24",
    "OMPI_MCA_oob_tcp_if_include": f"{NETWORK}.0/24",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


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


def outermost(folders):
    """Without those that are inside of others."""
    found = []
    for folder in sorted({folder.resolve() for folder in folders}):
        if not any(folder.is_relative_to(other) for other in found):
            found.append(folder)
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
