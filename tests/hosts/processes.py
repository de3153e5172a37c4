"""Processes as the machine sees them, whatever namespace they are in."""

import contextlib
import os
import pathlib

RANK_VARIABLES = ("OMPI_COMM_WORLD_RANK", "PMIX_RANK")


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
