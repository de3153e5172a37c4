"""Runs a command on a host: in the namespaces of a process, in this folder, with this environment.

usage: enter.py PID COMMAND...

It ends as the command ends and hands signals on to it; if it is killed, so is the command. The
command leads a session of its own.
"""

import ctypes
import os
import select
import signal
import sys

PR_SET_PDEATHSIG = 1
FORWARDED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1,
             signal.SIGUSR2, signal.SIGCONT)
LIBC = ctypes.CDLL(None, use_errno=True)


def enter_namespaces(pid):
    folder = os.getcwd()
    namespaces = [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
                  for kind in ("net", "uts", "ipc", "pid", "mnt")]
    for namespace in namespaces:
        if LIBC.setns(namespace, 0):
            raise OSError(ctypes.get_errno(), f"cannot enter the namespaces of process {pid}")
    os.chdir(folder)


def become(command, parent):
    """`parent`: a pipe whose other end only the parent has. It may be gone already."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if select.select([parent], [], [], 0)[0]:
        os._exit(1)
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.execvp(command[0], command)


def wait_for(child):
    while True:
        number = signal.sigwait([*FORWARDED, signal.SIGCHLD])
        if number != signal.SIGCHLD:
            os.kill(child, number)
            continue
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    signal.pthread_sigmask(signal.SIG_BLOCK, [*FORWARDED, signal.SIGCHLD])
    enter_namespaces(int(sys.argv[1]))
    parent, alive = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(alive)
        try:
            become(sys.argv[2:], parent)
        except OSError as error:
            print(f"{sys.argv[2]}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(127)
    status = wait_for(child)
    if status < 0:  # end by the same signal
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    main()
