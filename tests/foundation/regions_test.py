"""Regions, counters and marks get into the HDF5 file of a trace, from every kind of program, and
programs never notice."""

import math
import mmap
import os
import signal
import struct
import subprocess

import h5py

import region_case
from region_case import ENTER, FOUNDATION, LEAVE, PRELOADED, PROGRAMS, trace_file

CONTROL_OFFSET = 192  # FileHeader::control of src/trace/layout.hpp
EVERYTHING, COMMUNICATORS = 0xFFFFFFFF, 1 << 2
NESTED = {"outer": (1, 0), "inner": (100, 0)}


def switch(recording, classes):
    with open(recording, "r+b") as file, mmap.mmap(file.fileno(), 4096) as head:
        struct.pack_into("<I", head, CONTROL_OFFSET, classes)


class RegionsTest(region_case.RegionCase):
    def check_nested(self):
        self.assertEqual(self.calls(), NESTED)
        counters = self.points("counters")["residual"]
        self.assertEqual(counters[:100], [100.0 - i for i in range(100)])
        self.assertTrue(math.isnan(counters[100]))
        self.assertEqual(counters[101:], [-math.inf])
        self.assertEqual(self.points("marks"), {"step": [float(i) for i in range(100)],
                                                "converged": [0.5]})

    def test_everything_is_in_the_file(self):
        self.record("plain_regions", "nested")
        self.check_nested()
        with h5py.File(self.trace, "r") as file:  # one line each, as a user would
            values = file["counters/value"][file["counters/region"][:] ==
                                            self.names().index("residual")]
            units = dict(zip(file["regions/name"][:], file["regions/unit"][:]))
        self.assertEqual(len(values), 102)
        self.assertEqual(units[b"residual"], b"Pa")
        times = self.table("counters")["time"]
        self.assertTrue((times[1:] >= times[:-1]).all())
        regions = self.table("regions")
        row = self.names().index("inner")
        self.assertTrue(regions["file"][row].endswith(b"plain_regions.c"))
        self.assertGreater(regions["line"][row], 0)

    def test_a_child_that_is_followed_records_instead(self):
        self.record("plain_regions", "followed")
        self.check_nested()
        processes = self.table("processes")
        self.assertEqual(len(processes["pid"]), 1)
        self.assertEqual((processes["ending"][0], processes["exit_status"][0]), (1, 0))

    def test_many(self):
        self.record("plain_regions", "lengthy")
        self.assertEqual(self.calls(), {"outer": (1, 0), "inner": (100_000, 0)})
        self.assertEqual(self.points("counters"), {"residual": [float(i) for i in range(100_000)]})

    def test_code_at_a_fixed_place(self):
        self.record("fixed_regions", "nested")
        self.check_nested()

    def test_archives_and_modules_share_names(self):
        self.record("plain_regions", "modules", PROGRAMS / "libmodule_regions.so")
        self.assertEqual(self.calls(), {"outer": (3, 0), "inner": (100, 0), "of a module": (2, 0)})
        self.assertEqual(self.names().count("outer"), 1)

    def test_cpp(self):
        self.record("scoped_regions")
        self.assertEqual(self.calls(), {"solve": (3, 0), "step": (21, 0), "advance": (21, 0)})
        self.assertEqual(self.points("marks"), {"diverged": [6.0] * 3, "done": [0.0] * 3})
        self.assertEqual(len(self.table("threads")["tid"]), 3)

    def test_fortran(self):
        if not (PROGRAMS / "fortran_regions").exists():
            self.skipTest("there is no Fortran compiler")
        self.record("fortran_regions")
        self.assertEqual(self.calls(), {"outer of Fortran": (1, 0), "inner of Fortran": (10, 0)})
        self.assertEqual(self.points("counters"), {"residual": [1 / i for i in range(1, 11)]})
        self.assertEqual(self.points("marks"), {"converged": [10.0]})
        self.assertIn(b"Pa", self.table("regions")["unit"])

    def test_threads(self):
        self.record("plain_regions", "threads")
        self.assertEqual(self.calls(), {"outer": (8000, 0), "inner": (8000, 0)})
        counters = self.table("counters")
        self.assertEqual(len(set(counters["thread"])), 8)
        for thread in set(counters["thread"]):
            chosen = counters["value"][counters["thread"] == thread]
            self.assertEqual(list(chosen), [float(i) for i in range(1000)])

    def test_around_mpi(self):
        self.record_ranks()
        self.assertEqual(self.calls(), {"setup": (2, 0), "solve": (2, 0), "compute": (5, 0),
                                        "exchange": (10, 0), "teardown": (2, 0)})
        self.assertEqual(sorted(set(self.table("counters")["rank"])), [0, 1])

    def test_regions_that_do_not_nest(self):
        self.record("plain_regions", "unbalanced")
        self.assertEqual(self.calls(), {"outer": (1, 0), "inner": (2, 1), "other": (1, 1)})

    def test_a_thousand_names(self):
        self.record("plain_regions", "many_names")
        self.assertEqual(self.calls(), {f"name {i}": (3, 0) for i in range(1000)})

    def test_more_names_than_there_is_room_for(self):
        told = self.record("plain_regions", "too_many_names").stderr
        self.assertIn(b"names of regions, counters or marks found no room", told)
        marks = self.points("marks")
        self.assertEqual(marks["mark 50000"], [50000.0])
        self.assertTrue(65000 < len(marks) < 65536, len(marks))

    def test_odd_names(self):
        self.record("plain_regions", "odd_names")
        expected = ["comma, \"quotes\" \\ {braces} <tag> %s", "line\nfeed\ttab\x1b[31m",
                    "Größe ∑", "\ufffd\ufffd broken", "(no name)", "x" * 2000]
        self.assertEqual({name: calls for name, (calls, _) in self.calls().items()},
                         {**dict.fromkeys(expected, 1), "(no name)": 2})
        self.assertEqual(set(self.points("marks")), set(expected))

    def test_the_newest_are_kept_with_their_names(self):
        self.record("plain_regions", "lengthy", options=("--keep", "newest", "--buffer", "1M"))
        self.assertEqual(len(self.table("events")["time"]), 1 << 15)
        self.assertEqual(set(self.calls()), {"inner"}, "the beginning of the other is overwritten")
        values = self.points("counters")["residual"]
        self.assertEqual(values, [float(i) for i in range(100_000 - len(values), 100_000)])
        self.assertGreater(len(values), 10_000)
        self.record("plain_regions", "nested", options=("--keep", "newest", "--buffer", "1M"))
        self.check_nested()

    def test_other_classes_only(self):
        self.record("plain_regions", "nested", options=("--classes", "p2p"))
        self.assertEqual(len(self.table("events")["time"]), 0)
        self.record("plain_regions", "nested", options=("--classes", "region"))
        self.check_nested()


class DeathTest(region_case.RegionCase):
    def check(self):
        self.assertEqual(self.calls(), {"outer": (1, 1), "inner": (1, 1)})
        self.assertEqual(self.points("counters"), {"residual": [3.0]})
        self.assertEqual(self.points("marks"), {"soon": [1.0]})

    def test_a_killed_process_has_lost_nothing(self):
        self.record("plain_regions", "killed", status=-signal.SIGKILL)
        self.check()
        (sentence,) = self.analyze(status=1)["diagnosis"]["sentences"]
        self.assertIn(" in inner: its recording ends without an exit", sentence)

    def test_recover(self):
        self.record("plain_regions", "killed", options=("--keep-recordings",),
                    status=-signal.SIGKILL)
        self.trace.unlink()
        self.run_command(FOUNDATION, "trace", "recover", trace_file.rings(self.folder))
        self.check()


class SwitchTest(region_case.RegionCase):
    """Without the wrapper, which would switch by itself."""

    def environment(self):
        return {**os.environ, "LD_PRELOAD": PRELOADED,
                "FOUNDATION_TRACE_FILE": str(self.folder / "0.ftr")}

    def start(self, mode):
        return subprocess.Popen([PROGRAMS / "plain_regions", mode], env=self.environment(),
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def regions(self):
        done = self.run_command(FOUNDATION, "analyze", self.folder / "0.ftr", "--json")
        return region_case.json.loads(done.stdout)

    def test_a_region_ends_though_recording_was_switched_off(self):
        with self.start("switched") as process:
            self.assertEqual(process.stdout.readline(), "begun\n")
            switch(self.folder / "0.ftr", COMMUNICATORS)
            process.stdin.write("\n")
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), "off\n")
            switch(self.folder / "0.ftr", EVERYTHING)
            process.stdin.write("\n")
        self.assertEqual(process.returncode, 0)
        found = self.regions()
        self.assertEqual((found["unbalanced"], found["unended"]), (0, 0))
        self.assertEqual({it["region"]: it["calls"] for it in found["regions"]},
                         {"outer": 2, "inner": 100})
        self.assertEqual(found["counters"][0]["count"], 102)

    def test_a_child_records_nothing(self):
        self.run_command(PROGRAMS / "plain_regions", "child", env=self.environment())
        found = self.regions()
        self.assertEqual({it["region"]: it["calls"] for it in found["regions"]}, {"outer": 1})


class AbsentTest(region_case.RegionCase):
    def test_without_a_recorder_nothing_happens(self):
        for program in ("plain_regions", "fixed_regions"):
            for mode in ("nested", "unbalanced", "many_names", "odd_names", "threads", "child",
                         "followed"):
                done = self.run_command(PROGRAMS / program, mode)
                self.assertEqual((done.stdout, done.stderr), (b"", b""))
            self.run_command(PROGRAMS / program, "modules", PROGRAMS / "libmodule_regions.so")
            self.assertEqual(self.run_command(PROGRAMS / program, "unharmed").stdout, b"off\n")
        self.run_command(PROGRAMS / "scoped_regions", status=1)
        if (PROGRAMS / "fortran_regions").exists():
            self.run_command(PROGRAMS / "fortran_regions")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_recorder_without_a_file_is_none(self):
        done = self.run_command(PROGRAMS / "plain_regions", "unharmed",
                                env={**os.environ, "LD_PRELOAD": PRELOADED})
        self.assertEqual(done.stdout, b"off\n")

    def test_errno_and_dlerror_stay(self):
        self.assertEqual(self.record("plain_regions", "unharmed").stdout, b"on\n")

    def test_where_there_can_be_none(self):
        self.record("static_regions", status=1)
        self.record("disabled_regions", status=1)
        self.assertEqual(len(self.table("events")["time"]), 0)

    def test_events_keep_their_kinds(self):
        self.record("plain_regions", "nested")
        kinds = list(self.table("events")["kind"])
        self.assertEqual((kinds.count(ENTER), kinds.count(LEAVE)), (101, 101))


region_case.main()
