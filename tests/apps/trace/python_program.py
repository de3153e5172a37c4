"""Uses what mpi4py makes of MPI, a little of each. Each rank says "done" at its end."""

import os
import sys
import tempfile
import threading

import mpi4py

mpi4py.rc.thread_level = "multiple"
from mpi4py import MPI  # noqa: E402
import numpy  # noqa: E402

WORLD = MPI.COMM_WORLD
RANK, SIZE = WORLD.Get_rank(), WORLD.Get_size()
NEXT, PREVIOUS = (RANK + 1) % SIZE, (RANK - 1) % SIZE


def objects():
    """Pickled, of unknown size: a matched probe each."""
    for number in range(10):
        pending = WORLD.isend({"number": number}, NEXT, 1)
        assert WORLD.recv(source=PREVIOUS, tag=1) == {"number": number}
        pending.wait()


def threads():
    def work(number):
        out, received = numpy.array([number]), numpy.zeros(1, dtype=int)
        for _ in range(100):
            WORLD.Sendrecv(out, NEXT, number, received, PREVIOUS, number)
    running = [threading.Thread(target=work, args=(number,)) for number in range(10, 14)]
    for it in running:
        it.start()
    for it in running:
        it.join()


def requests():
    received = numpy.zeros(500)
    pending = [WORLD.Irecv(received[i:i + 1], PREVIOUS, 7) for i in range(500)]
    pending += [WORLD.Isend(numpy.full(1, float(i)), NEXT, 7) for i in range(500)]
    MPI.Request.Waitall(pending)
    assert (received == numpy.arange(500)).all()


def persistent():
    out, received = numpy.ones(1), numpy.zeros(1)
    pending = [WORLD.Send_init(out, NEXT), WORLD.Recv_init(received, PREVIOUS)]
    for _ in range(50):
        MPI.Prequest.Startall(pending)
        MPI.Request.Waitall(pending)
    for it in pending:
        it.Free()


def communicators():
    for _ in range(20):
        copy = WORLD.Dup()
        copy.Barrier()
        copy.Free()


def one_sided():
    memory, one = numpy.zeros(SIZE), numpy.ones(1)
    window = MPI.Win.Create(memory, memory.itemsize, comm=WORLD)
    window.Fence()
    for target in range(SIZE):
        window.Put(one, target, RANK)
    window.Fence()
    assert memory.all()
    window.Free()


def files():
    name = WORLD.bcast(tempfile.mktemp(dir=os.getcwd()) if RANK == 0 else None)
    file = MPI.File.Open(WORLD, name, MPI.MODE_CREATE | MPI.MODE_RDWR | MPI.MODE_DELETE_ON_CLOSE)
    file.Write_at_all(8 * RANK, numpy.ones(1))
    file.Close()


for use in (objects, threads, requests, persistent, communicators, one_sided, files):
    use()
sys.stdout.write("done\n")
