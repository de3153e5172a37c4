"""A real Slurm cluster on hosts of hosts.py: controller and login host "ctl", nodes n1, n2, ...

    with Cluster(4, folder) as cluster:
        job = cluster.sbatch("#!/bin/bash\\nsrun --mpi=pmix hostname\\n", "--nodes=4")
        cluster.wait_for(job, "COMPLETED")
        print(cluster.output(job))

Nodes crash, boot, and lose their cable like any host. Daemons and their files are the test's own:
ports are those of the hosts, logs and the controller's state are in folder/slurm. Batch scripts
start in `folder` with the environment of the cluster.
"""

import contextlib
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal

import hosts
from host import wait_until

START_LIMIT_S = 120
ENDED = ("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL",
         "OUT_OF_MEMORY", "PREEMPTED", "TIMEOUT")
# Measured with Slurm 22.05 and Open MPI 4.1.4: the barrier at the end of MPI_Init lets ranks pass
# while others are still in the exchange before it; a message to one of those ends it (SIGSEGV in
# opal_progress). Starts of a small MPI program that crashed, when its ranks began up to 0.3 s apart
# on a busy machine, with and without direct connections: "tree" 18 of 120 and 18 of 300, "mixed"
# (the default) 1 of 240 and 6 of 60, "ring" none of 540 and 8 of 60 (2 to 4 nodes, 1 to 4 ranks on
# each). In a job, SLURM_PMIX_FENCE=ring and SLURM_PMIX_DIRECT_CONN=true do the same.
MPI_CONFIGURATION = "PMIxCollFence=ring\nPMIxDirectConn=true\n"
MUNGED = ("mkdir -p /run/munge /run/slurm && chmod 755 /run/munge && "
          "munged --force --key-file={key} --socket=/run/munge/munge.socket.2 "
          "--pid-file=/run/munge/munged.pid --seed-file=/run/munge/seed "
          "--log-file=/run/munge/munged.log")


def unavailable():
    """Why there can be no Slurm cluster here; None if there can."""
    path = with_system_folders(os.environ)["PATH"]
    for tool, package in (("munged", "munge"), ("slurmctld", "slurm-wlm"), ("slurmd", "slurm-wlm"),
                          ("sbatch", "slurm-wlm")):
        if not shutil.which(tool, path=path):
            return f"there is no command '{tool}' (package {package})"
    return None


def with_system_folders(environment):
    return {**environment, "PATH": f"{environment['PATH']}:/usr/sbin:/sbin"}


class Cluster(hosts.Hosts):
    """Started and idle once constructed."""

    daemons = (*hosts.Hosts.daemons, "munged ", "slurmctld ", ": slurmscriptd ", "slurmd ")

    def __init__(self, nodes, folder, cpus=4, slurmd_timeout_s=10, environment=None, **options):
        """`cpus`: of each node, as Slurm sees it. `slurmd_timeout_s`: after how long at least a
        silent node is set DOWN."""
        self.files = pathlib.Path(folder).resolve() / "slurm"
        self.files.mkdir()
        (self.files / "state").mkdir()
        self.key = self.files / "munge.key"
        self.key.touch(mode=0o600)
        self.key.write_bytes(secrets.token_bytes(128))
        names = [f"n{number}" for number in range(1, nodes + 1)]
        self.write_configuration(names, cpus, slurmd_timeout_s)
        environment = with_system_folders(os.environ if environment is None else environment)
        super().__init__(["ctl", *names], folder, environment={
            **environment, "SLURM_CONF": str(self.files / "slurm.conf")}, **options)

    def write_configuration(self, names, cpus, slurmd_timeout_s):
        nodes = "\n".join(f"NodeName={name} CPUs={cpus} RealMemory=1000 State=UNKNOWN"
                          for name in names)
        text = (hosts.HERE / "slurm.conf.in").read_text(encoding="utf-8")
        for name, value in (("FOLDER", self.files), ("NODES", nodes),
                            ("SLURMD_TIMEOUT", slurmd_timeout_s)):
            text = text.replace(f"@{name}@", str(value))
        (self.files / "slurm.conf").write_text(text, encoding="utf-8")
        (self.files / "mpi.conf").write_text(MPI_CONFIGURATION, encoding="utf-8")

    def furnish(self):
        super().furnish()
        starting = [self.start_daemons(host) for host in self.hosts]
        for host, process in zip(self.hosts, starting):
            if process.wait(START_LIMIT_S) != 0:
                raise RuntimeError(f"the daemons of {host.name} did not start; see {self.files}")
        self.wait_for_nodes("idle", *(node.name for node in self.nodes))

    @property
    def control(self):
        return self.hosts[0]

    @property
    def nodes(self):
        return self.hosts[1:]

    # --- daemons ----------------------------------------------------------------------------------

    def start_daemons(self, host):
        """Starts what belongs to the host in the background; returns the process that does it."""
        with open(self.files / f"start.{host.name}.log", "ab") as log:
            return host.start("sh", "-c", f"{MUNGED.format(key=self.key)} && {self.daemon(host)}",
                              stdout=log, stderr=log)

    def boot(self, name):
        """Switches a crashed node on again, with its daemons."""
        self[name].boot()
        if self.start_daemons(self[name]).wait(START_LIMIT_S) != 0:
            raise RuntimeError(f"the daemons of {name} did not start; see {self.files}")

    def daemon(self, host):
        return "slurmctld" if host is self.control else "slurmd"

    def kill_daemon(self, name):
        """SIGKILL to slurmd or slurmctld; what it has started runs on."""
        daemon = self.daemon(self[name])
        pid_file = self[name].path(f"/run/slurm/{daemon}.pid")
        inside = int(pid_file.read_text(encoding="ascii"))
        pid_file.unlink()
        self[name].run("kill", f"-{signal.SIGKILL.value}", inside)

    def start_daemon(self, name):
        self[name].run(self.daemon(self[name]))

    # --- jobs -------------------------------------------------------------------------------------

    def call(self, *command, user="root", **options):
        """A Slurm command on the login host; returns what it prints."""
        become = () if user == "root" else ("setpriv", f"--reuid={user}", "--clear-groups",
                                            f"--regid={pwd.getpwnam(user).pw_gid}")
        return self.control.run(*become, *command, **options).stdout

    def sbatch(self, script, *options, arguments=(), environment=None, user="root"):
        """Submits a batch script (its text or its path) with arguments; returns the job's
        number. A job of another user needs a folder of that user's (--chdir)."""
        if not isinstance(script, pathlib.Path):
            path = self.folder / f"job.{secrets.token_hex(4)}.sbatch"
            path.write_text(script, encoding="utf-8")
            script = path
        printed = self.call("sbatch", "--parsable", *options, script, *arguments, user=user,
                            env={**self.environment, **(environment or {})})
        return printed.strip()

    def job(self, job):
        """What Slurm knows of a job (or of one task of an array, "12_3"): {key: value}."""
        shown = self.call("scontrol", "--oneliner", "show", "job", job).splitlines()[0]
        return dict(re.findall(r"([A-Za-z/:]+)=(\S*)", shown))

    def state(self, job):
        return self.job(job)["JobState"]

    def wait_for(self, job, *states, limit_s=120):
        """Waits until a job is in one of the states; fails at once if it has ended in another."""
        def reached():
            state = self.state(job)
            if state not in states and state in ENDED:
                raise AssertionError(f"job {job} is {state}, not {states}")
            return state in states and state
        return self.wait_until(job, reached, f"job {job} {states}", limit_s)

    def wait_until(self, job, condition, what, limit_s=120):
        """Waits for what a job does; a failure shows its state and output."""
        try:
            return wait_until(condition, what, limit_s, pause_s=0.1)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.job(job)}\n{self.output(job)}") from None

    def wait_for_output(self, job, pattern, limit_s=120):
        """Waits until what a job has printed matches a regular expression."""
        self.wait_until(job, lambda: re.search(pattern, self.output(job)), pattern, limit_s)

    def output(self, job):
        """What the batch script of a job has printed so far."""
        path = pathlib.Path(self.job(job).get("StdOut", ""))
        with contextlib.suppress(OSError):
            return path.read_text(encoding="utf-8", errors="replace")
        return ""

    def scancel(self, job, *options):
        self.call("scancel", *options, job)

    # --- nodes ------------------------------------------------------------------------------------

    def node_state(self, name):
        """As sinfo says it: idle, mixed, allocated, completing, down*, ..."""
        return self.call("sinfo", "--noheader", f"--nodes={name}", "--format=%T").strip()

    def wait_for_nodes(self, state, *names, limit_s=START_LIMIT_S):
        def reached():
            shown = self.control.run("sinfo", "--noheader", "--Node", "--format=%N %T",
                                     check=False).stdout
            states = dict(line.split() for line in shown.splitlines())
            return all(states.get(name, "").startswith(state) for name in names)
        wait_until(reached, f"{names} {state}; see {self.files}", limit_s, pause_s=0.1)
