"""What the tests of `foundation trace` read: recordings by their layout, traces by h5py."""

import pathlib
import struct

import h5py
import numpy

HEADER_BYTES = 4096
STREAM_HEADER_BYTES = 64
# struct FileHeader of src/trace/layout.hpp: pid behind the magic, version, clock and five numbers.
PROCESS_OFFSET = 52
STREAMS_OFFSET = 208


def published(recording):
    """(pid, events published, events dropped) as a recording's own headers have it."""
    with open(recording, "rb") as file:
        head = file.read(HEADER_BYTES)
        if head[:8] != b"FNDTRACE":
            return None
        process, = struct.unpack_from("<I", head, PROCESS_OFFSET)
        streams, = struct.unpack_from("<I", head, STREAMS_OFFSET)
        counts = [struct.unpack_from("<QQ", file.read(STREAM_HEADER_BYTES)) for _ in range(streams)]
    return process, sum(count[0] for count in counts), sum(count[1] for count in counts)


def table(path, name):
    """A table as a dictionary of columns."""
    with h5py.File(path, "r") as file:
        return {column: file[name][column][()] for column in file[name]}


def attributes(path):
    with h5py.File(path, "r") as file:
        return dict(file.attrs)


def names(path):
    """Names of the regions, by their rows."""
    return [name.decode() for name in table(path, "regions")["name"]]


def tags_of(path, process, function):
    """Tags of a process's calls of a function, in their order."""
    events = table(path, "events")
    region = names(path).index(function)
    chosen = ((events["process"] == process) & (events["region"] == region)
              & (events["kind"] == 1))
    return numpy.asarray(events["tag"][chosen])


def rings(folder):
    """The folder with the recordings beside a trace, or None."""
    found = sorted(pathlib.Path(folder).glob("*.rings"))
    return found[0] if found else None
