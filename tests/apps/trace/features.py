"""Uses one feature of MPI, so often: features.py FEATURE. Each rank says "done" at its end."""

import os
import subprocess
import sys
import tempfile
import threading

import mpi4py

mpi4py.rc.thread_level = "multiple"
from mpi4py import MPI  # noqa: E402
import numpy  # noqa: E402

WORLD = MPI.COMM_WORLD
RANK, SIZE = WORLD.Get_rank(), WORLD.Get_size()


def threads():
    """8 threads, 100 exchanges each."""
    def work(number):
        out, received = numpy.array([number]), numpy.zeros(1, dtype=int)
        for _ in range(100):
            WORLD.Sendrecv(out, (RANK + 1) % SIZE, number, received, (RANK - 1) % SIZE, number)
    running = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for it in running:
        it.start()
    for it in running:
        it.join()


def communicators():
    """1,000 of them at the same time, a barrier on each."""
    copies = [WORLD.Dup() for _ in range(1000)]
    for it in copies:
        it.Barrier()
    for it in copies:
        it.Free()


def requests():
    """100,000 outstanding at the same time."""
    count = 50_000
    data = numpy.zeros(1)
    pending = [WORLD.Irecv(numpy.zeros(1), (RANK - 1) % SIZE, 7) for _ in range(count)]
    pending += [WORLD.Isend(data, (RANK + 1) % SIZE, 7) for _ in range(count)]
    MPI.Request.Waitall(pending)


def persistent():
    out, received = numpy.zeros(1), numpy.zeros(1)
    pending = [WORLD.Send_init(out, (RANK + 1) % SIZE), WORLD.Recv_init(received,
                                                                       (RANK - 1) % SIZE)]
    for _ in range(50):
        MPI.Prequest.Startall(pending)
        MPI.Request.Waitall(pending)
    for it in pending:
        it.Free()


def one_sided():
    memory = numpy.zeros(SIZE)
    window = MPI.Win.Create(memory, comm=WORLD)
    window.Fence()
    for target in range(SIZE):
        window.Put(numpy.ones(1), target, RANK)
    window.Fence()
    assert memory.all()
    window.Free()


def files():
    name = WORLD.bcast(tempfile.mktemp(dir=os.getcwd()) if RANK == 0 else None)
    file = MPI.File.Open(WORLD, name, MPI.MODE_CREATE | MPI.MODE_RDWR | MPI.MODE_DELETE_ON_CLOSE)
    file.Write_at_all(8 * RANK, numpy.ones(1))
    file.Close()


def collectives():
    for _ in range(50):
        request = WORLD.Iallreduce(numpy.ones(1), numpy.zeros(1))
        request.Wait()


def spawn():
    child = WORLD.Spawn(sys.executable,
                        args=["-c", "from mpi4py import MPI; "
                                    "MPI.Comm.Get_parent().Disconnect()"], maxprocs=1)
    child.Disconnect()


def children():
    """fork and exec while MPI is up: the child finds no recorder."""
    text = subprocess.run(["/usr/bin/env"], capture_output=True, text=True, check=True).stdout
    assert "FOUNDATION_TRACE" not in text and "LD_PRELOAD" not in text
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    WORLD.Barrier()


globals()[sys.argv[1]]()
WORLD.Barrier()
sys.stdout.write("done\n")
