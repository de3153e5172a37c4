"""Opens published files the way scientists do: h5py, pandas, and xarray with each engine there is.

usage: check_tables.py PATH-OF-report_run_tool   (works in the current folder)
"""
import os
import shutil
import subprocess
import sys

import h5py
import numpy
import pandas
import xarray

SMALL_TABLES = ["job", "sessions", "result", "candidates", "decisions", "progress", "workers",
                "nodes", "services", "health", "traffic", "failures"]
LARGE_TABLES = ["trainset", "evaluations", "outputs"]
ENGINES = ["h5netcdf", "netcdf4"]
STATUS_OK = 0


def tool(*arguments, status=0):
    """Runs the tool and returns what it printed; its exit status must be the one given."""
    done = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, timeout=100)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    assert "HDF5-DIAG" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def frame(file, table):
    """The one line of the documentation."""
    return pandas.DataFrame({k: file[table][k][:] for k in file[table]})


def engines():
    known = xarray.backends.list_engines()
    for name in ENGINES:
        assert name in known, f"xarray needs python3-{name} for this test"
    return ENGINES


def check_h5py(path, tables, status):
    with h5py.File(path, "r") as file:
        assert set(file) == set(tables + (["heaps"] if "outputs" in tables else [])), list(file)
        assert file.attrs["software"] == "Foundation"
        assert file.attrs["status"] == status
        assert file.attrs["schemaVersion"] == 1
        assert isinstance(file.attrs["softwareVersion"], str)
        for table in tables:
            data = frame(file, table)
            assert data.columns[0] == "row", "columns come in the order of their creation"
            assert list(data["row"]) == list(range(len(data))), table
            assert isinstance(file[table].attrs["description"], str)
            for name, column in file[table].items():
                assert column.shape == (len(data),), name
                assert isinstance(column.attrs["long_name"], str), name
                kind = column.dtype
                assert kind.kind in "iuf" or h5py.check_string_dtype(kind).length is None, name
                assert h5py.check_enum_dtype(kind) is None, name
                if "flag_values" in column.attrs:
                    values = column.attrs["flag_values"]
                    assert values.dtype == numpy.int8
                    assert len(values) == len(column.attrs["flag_meanings"].split())


def check_contents(path):
    with h5py.File(path, "r") as file:
        cells = frame(file, "evaluations")
        assert len(cells) == 180
        key = list(zip(cells.candidate, cells.split, cells.position))
        assert key == sorted(key) and len(set(key)) == len(key)
        assert set(cells.groupby(["candidate", "split"]).size()) == {10, 20}
        assert cells.score[cells.status == STATUS_OK].eq(1).all()
        when = pandas.to_datetime(cells.received_at)
        assert when.min() >= pandas.Timestamp("2023-11-14T22:13:20")
        outputs = frame(file, "outputs")
        heap = file["heaps/outputs"][:].tobytes()
        texts = [heap[o:o + n].decode() for o, n in zip(outputs.offset, outputs.length)]
        assert texts == [f"answer {p}" for p in outputs.position]
        shown = file["candidates/param_shown"].asstr()[1]
        assert shown == "[1,2]", shown
        left = pandas.to_datetime(frame(file, "workers").left_at)
        assert left.isna().sum() == 3
        nodes = frame(file, "nodes")
        assert list(file["nodes/node"].asstr()) == ["node1", "node2"]
        assert list(nodes.planned_slots) == [8, -1]
        assert list(nodes.asked_slots) == [10, -1]
        assert list(file["nodes/note"].asstr()) == ["max_workers = 8 in all", ""]
        assert list(file["nodes/gpus"].asstr()) == ["0 1", ""]
        assert list(nodes.workers_lost) == [1, 0]
        services = frame(file, "services")
        assert list(file["services/capabilities"].asstr()) == ["dspy_evaluation"] * 2
        assert pandas.to_datetime(services.ended_at).isna().tolist() == [True, False]
        assert nodes.load.isna().tolist() == [False, True]
        assert list(nodes.round_trip_us) == [80, 80]
        traffic = frame(file, "traffic")
        assert list(traffic.received) == [20, 20] and list(traffic.round_trip_us) == [80, 80]
        health = frame(file, "health")
        assert list(health.memory_bytes) == [16 * 2 ** 30, -1]
        assert health.cpu_percent.isna().tolist() == [True, False]
        assert health.pressure_io[0] == 0, "measured, and nobody waited"


def check_xarray(path, tables):
    for engine in engines():
        for table in tables:
            with xarray.open_dataset(path, group=table, engine=engine) as data:
                data.load()
                assert list(data.dims) == ["row"], (engine, table, data.dims)
                with h5py.File(path, "r") as file:
                    assert set(file[table]) == set(data.variables), (engine, table)
                for variable in data.variables.values():
                    if variable.encoding.get("units", "").startswith("nanoseconds since"):
                        assert variable.dtype == numpy.dtype("datetime64[ns]"), (engine, table)


def check_full(folder):
    tool("sample", folder)
    path = os.path.join(folder, "run.h5")
    tool("rebuild", folder, "partial")
    check_h5py(path, SMALL_TABLES, "partial")
    check_xarray(path, SMALL_TABLES)
    tool("rebuild", folder, "complete")
    check_h5py(path, SMALL_TABLES + LARGE_TABLES, "final")
    check_contents(path)
    check_xarray(path, SMALL_TABLES + LARGE_TABLES)
    assert "better than the baseline" in tool("read", path)


def check_empty(folder):
    os.makedirs(folder)
    without_outputs = SMALL_TABLES + LARGE_TABLES[:2]
    for completeness, tables in (("partial", SMALL_TABLES), ("complete", without_outputs)):
        tool("rebuild", folder, completeness)
        path = os.path.join(folder, "run.h5")
        check_h5py(path, tables, "partial" if completeness == "partial" else "final")
        check_xarray(path, tables)


def check_readers_beside_writer(folder):
    """Default locking, 200 opens beside a publisher: none may fail."""
    tool("sample", folder, "20", "30")
    tool("rebuild", folder, "partial")
    path = os.path.join(folder, "run.h5")
    rebuild = f'while :; do "$0" rebuild "$1" partial; "$0" rebuild "$1" complete; done'
    writer = subprocess.Popen(["sh", "-c", rebuild, sys.argv[1], folder], start_new_session=True)
    try:
        for _ in range(200):
            with h5py.File(path, "r") as file:
                assert len(frame(file, "candidates")) == 20
    finally:
        os.killpg(writer.pid, 9)
        writer.wait()


def check_refusals(folder):
    """Files of others and tricks with links end in one clear message."""
    os.makedirs(folder)
    path = os.path.join(folder, "other.h5")
    with h5py.File(path, "w") as file:
        file["measurements/value"] = [1.0, 2.0]
    assert "another program" in tool("read", path, status=2)
    ours = os.path.join("run", "run.h5")

    def altered(change):
        shutil.copy(ours, path)
        with h5py.File(path, "r+") as file:
            change(file)
        return tool("read", path, status=5)

    def replace(file, name, **how):
        rows = file[name].shape[0]
        attributes = dict(file[name].attrs)
        del file[name]
        del attributes
        file.create_dataset(name, (rows,), **how)

    def link_out(file):
        del file["candidates/score"]
        file["candidates/score"] = h5py.ExternalLink("/etc/passwd", "/x")

    def soft_link(file):
        del file["candidates/score"]
        file["candidates/score"] = h5py.SoftLink("/candidates/parent")

    def far_too_long(file):
        del file["candidates/row"]
        file["candidates"].create_dataset("row", (2 ** 50,), dtype="i8", chunks=(1024,))

    def two_dimensional(file):
        del file["candidates/score"]
        file["candidates/score"] = numpy.zeros((4, 4))

    assert "no column 'score'" in altered(link_out)
    assert "no column 'score'" in altered(soft_link)
    assert "longer than the file can hold" in altered(far_too_long)
    assert "not one-dimensional" in altered(two_dimensional)
    assert "never writes" in altered(lambda file: replace(file, "candidates/score", dtype="f4"))
    assert "never uses" in altered(
        lambda file: replace(file, "candidates/score", dtype="f8", chunks=(4,), compression="lzf"))
    assert "another file" in altered(
        lambda file: replace(file, "candidates/score", dtype="f8",
                             external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)]))
    assert "instead of" in altered(lambda file: replace(file, "candidates/score", dtype="i8"))


def main():
    for folder in ("run", "empty", "beside", "refused"):
        shutil.rmtree(folder, ignore_errors=True)
    check_full("run")
    check_empty("empty")
    check_readers_beside_writer("beside")
    check_refusals("refused")
    print("engines:", ", ".join(engines()))


main()
