"""The first process of a room (a namespace around all hosts of a test) or of a host in it.

usage: init.py room            until standard input ends
       init.py host SETTINGS   until killed; SETTINGS is JSON, see hosts.Host.boot

When the first process of a PID namespace ends, the kernel kills all others in it, also those of the
namespaces inside. So whatever becomes of the test, nothing of a room is left once its standard
input, a pipe from the test, is closed. It says "ready" and its process id outside on its
standard output.
"""

import ctypes
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys

MS_BIND = 4096
MS_REC = 16384
PRIVATE = ("/tmp", "/run", "/dev/shm")
LIBC = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0, options=None):
    arguments = [text and str(text).encode() for text in (source, target, kind)]
    if LIBC.mount(*arguments, ctypes.c_ulong(flags), options and options.encode()):
        error = ctypes.get_errno()
        raise OSError(error, f"mount {source} on {target}: {os.strerror(error)}")


def is_below(path, folders):
    return any(pathlib.Path(path).is_relative_to(folder) for folder in folders)


def make_private_folders(shared):
    """Empty /tmp, /run and /dev/shm, in which the shared folders are where they were."""
    kept = {path: os.open(path, os.O_PATH | os.O_DIRECTORY)
            for path in shared if is_below(path, PRIVATE)}
    for folder in PRIVATE:
        mount("tmpfs", folder, "tmpfs", options="mode=1777" if folder != "/run" else "mode=755")
    for path, descriptor in kept.items():
        os.makedirs(path, exist_ok=True)
        mount(f"/proc/self/fd/{descriptor}", path, flags=MS_BIND | MS_REC)
        os.close(descriptor)


def reap_for_ever():
    """Waits for whatever children there are: orphans of a host are its first process's."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    while True:
        try:
            os.wait()
        except ChildProcessError:
            signal.sigwait([signal.SIGCHLD])


def say_ready(outside):
    print("ready", outside, flush=True)


def run_host(settings):
    outside = os.readlink("/proc/self")  # this /proc is still the one of the outermost namespace
    socket.sethostname(settings["name"])
    make_private_folders(settings["shared"])
    mount("proc", "/proc", "proc")
    mount(settings["hosts_file"], "/etc/hosts", flags=MS_BIND)
    pathlib.Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1", encoding="ascii")
    server = pathlib.Path(__file__).with_name("rsh.py")
    with subprocess.Popen([sys.executable, "-B", server, "--serve"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, start_new_session=True) as remote_shell:
        remote_shell.stdout.readline()  # it listens
        say_ready(outside)
        reap_for_ever()


def run_room():
    outside = os.readlink("/proc/self")
    say_ready(outside)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # orphans need no one to wait for them
    while True:
        select.select([sys.stdin], [], [])
        if not os.read(sys.stdin.fileno(), 1):
            return


if __name__ == "__main__":
    if sys.argv[1:] == ["room"]:
        run_room()
    elif len(sys.argv) == 3 and sys.argv[1] == "host":
        run_host(json.loads(sys.argv[2]))
    else:
        sys.exit(__doc__)
