"""Recording is switched on and off in jobs that run, and collected from them.

    control_test.py PROGRAM SOURCE LONG_PROGRAM MPIEXEC
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import trace_file  # noqa: E402

LONG, MPIEXEC = sys.argv[3], sys.argv[4]
LIMIT_S = 100
PAUSE_US = "500"
MISSING = 3  # exit status: not everybody is there
MPI_CALLS = {"MPI_Sendrecv", "MPI_Bcast"}


def wait_until(condition, what):
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {LIMIT_S} s: {what}")
        time.sleep(0.05)


class ControlTest(program.ProgramTest):

    def setUp(self):
        super().setUp()
        self.stop_file = self.folder / "stop"

    @contextlib.contextmanager
    def job(self, ranks, *options, off=True, arguments=()):
        """A traced job that goes on until the block ends; ended in good order if that does."""
        command = [MPIEXEC, "-n", str(ranks), "--oversubscribe", "--bind-to", "none", "--mca",
                   "mpi_yield_when_idle", "1", program.PROGRAM, "trace", "-q", "-o",
                   "t.h5", *(["--off"] if off else []), *options, "--", LONG, str(self.stop_file),
                   PAUSE_US, *arguments]
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as job:
            try:
                wait_until(lambda: self.initialized() == ranks, "all ranks are in MPI")
                yield job
                self.stop_file.touch()
                said, _ = job.communicate(timeout=LIMIT_S)
                self.assertEqual((job.returncode, said), (0, ""))
                wait_until(lambda: trace_file.rings(self.folder) is None, "the trace is written")
            finally:
                self.stop_file.unlink(missing_ok=True)
                if job.poll() is None:
                    job.send_signal(signal.SIGTERM)
                    job.communicate(timeout=LIMIT_S)

    def clear(self):
        for file in self.folder.glob("*.h5"):
            file.unlink()

    def rings(self):
        return trace_file.rings(self.folder)

    def initialized(self):
        """Ranks that have recorded the end of MPI_Init."""
        jobs = self.listed(self.folder)
        return sum(it["events"] >= 2 for job in jobs for it in job["processes"])

    def listed(self, *place):
        return json.loads(self.call("trace", "list", *place, "--json").stdout)["jobs"]

    def start(self, *options, status=0):
        return json.loads(self.call("trace", "start", self.rings(), "--json", *options,
                                    status=status).stdout)

    def stop(self, *options, status=0):
        return json.loads(self.call("trace", "stop", self.rings(), "--json", *options,
                                    status=status).stdout)

    def collect(self, output, *options, status=0):
        return json.loads(self.call("trace", "collect", self.rings(), "-o", output, "--json",
                                    *options, status=status).stdout)

    def wait_for_events(self, more, ranks=None):
        def count(before):
            processes = self.listed(self.folder)[0]["processes"]
            return [it["events"] - before.get(it["rank"], 0) for it in processes
                    if ranks is None or it["rank"] in ranks]
        before = {it["rank"]: it["events"] for it in self.listed(self.folder)[0]["processes"]}
        wait_until(lambda: all(new >= more for new in count(before)), f"{more} more events")

    def functions(self, name="t.h5"):
        """Functions that each rank has called."""
        path = self.folder / name
        events, names = trace_file.table(path, "events"), trace_file.names(path)
        ranks = trace_file.table(path, "processes")["rank"]
        return {int(rank): {names[region] for region in
                            events["region"][events["process"] == row]}
                for row, rank in enumerate(ranks)}

    def windows(self, name="t.h5"):
        table = trace_file.table(self.folder / name, "windows")
        return [{key: values[row] for key, values in table.items()}
                for row in range(len(table["id"]))]

    def by_sequence(self, name):
        """{(rank, thread): (first sequence, rows of what an event says but its time)}"""
        path = self.folder / name
        events = trace_file.table(path, "events")
        ranks = trace_file.table(path, "processes")["rank"]
        threads = trace_file.table(path, "threads")
        names = [*trace_file.names(path)]
        found = {}
        for row, process in enumerate(threads["process"]):
            begin = int(threads["first_row"][row])
            rows = slice(begin, begin + int(threads["rows"][row]))
            said = list(zip(events["kind"][rows], [names[it] for it in events["region"][rows]],
                            events["peer"][rows], events["tag"][rows], events["bytes"][rows]))
            key = int(ranks[process]), int(threads["thread"][row])
            self.assertNotIn(key, found, "a thread is there twice")
            found[key] = int(threads["first_sequence"][row]), said
        return found


class WindowTest(ControlTest):

    def test_nothing_is_recorded_but_in_windows(self):
        for ranks in (1, 2, 4):
            with self.subTest(ranks=ranks):
                self.clear()
                self.check_windows(ranks)


    def check_windows(self, ranks):
        with self.job(ranks):
            time.sleep(0.3)
            self.collect("before.h5")
            opened = self.start("--options", "label=first look")
            self.assertEqual((opened["participants"], opened["missing"]), (ranks, []))
            self.wait_for_events(20)
            closed = self.stop()
            self.assertEqual((closed["window"], closed["participants"]),
                             (opened["window"], ranks))
            self.collect("closed.h5")
            time.sleep(0.3)
        for rank, functions in self.functions("before.h5").items():
            self.assertFalse(functions & MPI_CALLS, f"rank {rank}")
        for rank, functions in self.functions("closed.h5").items():
            self.assertEqual(functions & MPI_CALLS, MPI_CALLS, f"rank {rank}")
        calls = [{key: count for key, count in self.counts(name).items() if key[1] in MPI_CALLS}
                 for name in ("closed.h5", "t.h5")]
        self.assertEqual(calls[0], calls[1], "something was recorded after the window")
        windows = self.windows()
        self.assertEqual([int(it["rank"]) for it in windows], list(range(ranks)))
        for it in windows:
            self.assertEqual(it["id"].decode(), opened["window"])
            self.assertEqual((it["label"], it["ended_by"]), (b"first look", b"stop"))
            self.assertLess(it["from"], it["to"])
            self.check_times(it)

    def check_times(self, window):
        """All but communicators, start and end lies within the window."""
        events = trace_file.table(self.folder / "t.h5", "events")
        names = trace_file.names(self.folder / "t.h5")
        inside = events["process"] == window["process"]
        margin = 200_000_000  # a call that goes on, and the look at the clock of the log
        for at, region, kind in zip(events["time"][inside], events["region"][inside],
                                    events["kind"][inside]):
            if names[region] in MPI_CALLS and kind == 1:
                self.assertGreaterEqual(at, window["from"] - margin)
                self.assertLessEqual(at, window["to"] + margin)

    def counts(self, name):
        calls = trace_file.table(self.folder / name, "calls")
        return {(int(rank), function.decode()): int(count) for rank, function, count in
                zip(calls["rank"], calls["name"], calls["count"])}

    def test_a_job_that_records_from_the_start_can_be_stopped(self):
        with self.job(2, off=False):
            self.wait_for_events(10)
            own = self.listed(self.folder)[0]
            self.assertEqual([it["id"] for it in own["windows"]], [own["id"]])
            self.assertEqual(self.stop()["window"], own["id"])
            events = [it["events"] for it in self.listed(self.folder)[0]["processes"]]
            time.sleep(0.3)
            self.assertEqual(
                [it["events"] for it in self.listed(self.folder)[0]["processes"]], events)

    def test_scope_and_limits(self):
        with self.job(2):
            it = self.start("--scope", '{"ranks": "1", "classes": "collective", "for": "600ms"}')
            self.assertEqual(it["participants"], 1)
            wait_until(lambda: self.listed(self.folder)[0]["windows"][-1]["state"] == "over",
                       "its time is over")
            # One that is over by itself needs no stop before the next.
            self.start("--scope", "classes=p2p", "--options", "max_size=1MiB")
            wait_until(lambda: self.listed(self.folder)[0]["windows"][-1]["state"] == "over",
                       "it has grown by so much")
        windows = self.windows()
        self.assertEqual([(int(it["rank"]), it["ended_by"].decode()) for it in windows],
                         [(0, "size"), (1, "time"), (1, "size")])
        lasted = windows[1]["to"] - windows[1]["from"]
        self.assertGreater(lasted, 590_000_000)
        functions = self.functions()
        self.assertNotIn("MPI_Bcast", functions[0])
        self.assertIn("MPI_Bcast", functions[1])

    def test_messages_and_collectives_are_joined_within_windows(self):
        """Each process begins at another message of the same channel."""
        windows = 3
        with self.job(4, off=False, arguments=("1",)):
            self.wait_for_events(50)
            self.stop()
            for _ in range(windows - 1):
                time.sleep(0.1)
                self.start()
                self.wait_for_events(100)
                self.stop()
            self.check_folder()
        shown = json.loads(self.call("analyze", "t.h5", "--json").stdout)
        self.assertGreater(shown["events"], 4 * windows * 50)
        self.assertEqual(shown["clocks"]["violations"], 0, "pairs that cannot be")
        found = shown["diagnosis"]
        self.assertEqual(found["mismatched_collectives"], 0)
        # At each edge a rank is ahead of the next by what happens in half a second at most.
        received = sum(it["messages"] for it in shown["messages"])
        self.assertLess(found["unreceived_messages"] + found["receives_without_message"], received)
        waited = sum(it["total_s"] for it in shown["waits"])
        self.assertLess(waited, shown["wall_s"] * 4)
        text = self.call("analyze", "t.h5").stdout
        self.assertIn("with gaps", text)
        for process in shown["processes"]:
            self.assertGreater(process["outside_s"], 0.2)

    def check_folder(self):
        """The folder of the job knows its windows as the file does that is made from it."""
        shown = json.loads(self.call("analyze", self.rings(), "--json", status=1).stdout)
        self.assertEqual(shown["clocks"]["violations"], 0, "pairs that cannot be")
        self.assertEqual(shown["diagnosis"]["mismatched_collectives"], 0)
        for process in shown["processes"]:
            self.assertGreater(process["outside_s"], 0.2)
        for sentence in shown["diagnosis"]["sentences"]:
            self.assertIn("goes on", sentence)

    def test_one_window_at_a_time(self):
        with self.job(1):
            first = self.start("--id", "00000000000000ab")
            self.assertEqual(first["window"], "00000000000000ab")
            self.refuse("trace", "start", self.rings(), message="by window 00000000000000ab",
                        hint="stop")
            self.refuse("trace", "start", self.rings(), "--id", "00000000000000ab",
                        message="already")
            self.refuse("trace", "stop", self.rings(), "--id", "00000000000000ff",
                        message="no window 00000000000000ff")
            self.stop("--id", "00000000000000ab")
            self.stop("--id", "00000000000000ab")  # it is closed: that is what was asked for
            self.refuse("trace", "stop", self.rings(), message="no window that is open")

    def test_wrong_words_are_answered(self):
        with self.job(1):
            for options, hint in ((("--options", "lable=x"), "did you mean 'label'"),
                                  (("--options", "max_size=much"), "64MiB"),
                                  (("--options", '{"strict": 5}'), "true or false"),
                                  (("--options", "total_timeout=5"), "10s"),
                                  (("--scope", "rank=0"), "did you mean 'ranks'"),
                                  (("--scope", "regions="), "regions=one,other"),
                                  (("--id", "5"), "16 hexadecimal digits")):
                self.refuse("trace", "start", self.rings(), *options, message="", hint=hint)
            self.refuse("trace", "start", self.rings(), "--scope", "ranks=1-3",
                        message="no rank of the job, which has 1")
            self.refuse("trace", "stop", self.rings(), "--options", "label=x",
                        message="unknown key 'label'")
            self.assertEqual(self.listed(self.folder)[0]["windows"], [])
        self.refuse("trace", "start", "nowhere.h5", message="no traced job", hint="list")
        self.refuse("trace", "--off", "--scope", "ranks=0", "--", "/bin/true", message="--off")

    def test_who_does_not_answer_is_named_and_follows(self):
        with self.job(2):
            wrapper = self.wrapper_of(1)
            os.kill(wrapper, signal.SIGSTOP)
            try:
                it = self.start("--options", "participant_timeout=500ms", status=MISSING)
                self.assertEqual(it["participants"], 1)
                self.assertEqual([who["rank"] for who in it["missing"]], [1])
                self.assertIn("not answered", it["missing"][0]["why"])
                text = self.call("trace", "stop", self.rings(), "--options",
                                 "participant_timeout=500ms").stdout
                self.assertIn("closed in 1 process", text)
                self.assertEqual(self.call("trace", "start", self.rings(), "--options",
                                           "total_timeout=500ms,strict", status=5).stdout, "")
                state = self.listed(self.folder)[0]["windows"][-1]["state"]
                self.assertEqual(state, "closed")
                late = self.start("--options", "total_timeout=500ms", status=MISSING)
            finally:
                os.kill(wrapper, signal.SIGCONT)
            self.wait_for_events(5, ranks=[1])
        self.assertIn(late["window"].encode(),
                      [it["id"] for it in self.windows() if it["rank"] == 1])

    def wrapper_of(self, rank):
        pid = next(it["pid"] for it in self.listed(self.folder)[0]["processes"]
                   if it["rank"] == rank)
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        return int(text.rsplit(")", 1)[1].split()[1])


class ListTest(ControlTest):

    def test_jobs_are_found_by_host_folder_output_and_id(self):
        self.assertEqual(self.listed(self.folder), [])
        with self.job(2):
            job, = self.listed(self.folder)
            self.assertEqual([it["folder"] for it in self.listed()].count(job["folder"]), 1)
            self.assertEqual((job["ranks"], job["running"]), (2, True))
            self.assertEqual([it["state"] for it in job["processes"]], ["off", "off"])
            for process in job["processes"]:
                self.assertTrue(pathlib.Path(f"/proc/{process['pid']}").exists())
                self.assertGreater(process["bytes"], 0)
            for name in (job["folder"], job["folder"] + "/", self.folder / "t.h5", job["id"]):
                self.start()
                self.call("trace", "stop", name)
            window = self.start()["window"]
            self.call("trace", "stop", window)
            text = self.call("trace", "list", self.folder).stdout
            self.assertIn(f"window {window}: closed", text)
            self.assertIn(LONG, text)
        self.assertIn("no recordings", self.call("trace", "list", self.folder).stdout)

    def test_a_job_that_was_lost_is_still_there_to_be_collected(self):
        with self.job(1, off=False) as job:
            self.wait_for_events(10)
            self.kill_all(job.pid)
            listed, = self.listed(self.folder)
            self.assertEqual((listed["running"], listed["processes"][0]["state"]), (False, "lost"))
            self.refuse("trace", "start", self.rings(), message="no process of the job")
            it = self.collect("lost.h5", status=MISSING)
            self.assertGreater(it["events"], 10)
            self.assertIn("is gone", it["missing"][0]["why"])
            self.call("trace", "recover", self.rings())
            job.wait(timeout=LIMIT_S)
            self.stop_file.touch()
            job.returncode = 0

    def kill_all(self, launcher):
        """SIGKILL for mpirun and everything below it, and for the job's finaliser."""
        processes = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                words = (entry / "cmdline").read_bytes()
                if b"trace-finaliser" in words and os.fsencode(self.folder) in words:
                    os.kill(int(entry.name), signal.SIGKILL)
                processes.setdefault(parent, []).append(int(entry.name))
        pending = [launcher]
        while pending:
            it = pending.pop()
            pending += processes.get(it, [])
            with contextlib.suppress(ProcessLookupError):
                os.kill(it, signal.SIGKILL)
        wait_until(lambda: not self.listed(self.folder)[0]["running"], "all are gone")


class CollectTest(ControlTest):

    def check_parts(self, *names, same_begin=True):
        """Each of the files holds what the one before holds, and perhaps more behind it."""
        parts = [self.by_sequence(name) for name in names]
        for before, after in zip(parts, parts[1:]):
            self.assertEqual(before.keys(), after.keys() & before.keys())
            for thread, (first, said) in before.items():
                later_first, later = after[thread]
                if same_begin:
                    self.assertEqual((first, later_first), (0, 0))
                shared = range(max(first, later_first), first + len(said))
                self.assertLessEqual(shared.stop, later_first + len(later))
                self.assertEqual([said[n - first] for n in shared],
                                 [later[n - later_first] for n in shared], f"{thread}")
        return parts

    def test_collected_twice_and_finalised_it_is_the_same(self):
        for ranks in (1, 2, 4):
            self.clear()
            with self.subTest(ranks=ranks), self.job(ranks, "--keep-recordings", off=False):
                self.check_collecting(ranks)

    def check_collecting(self, ranks):
        self.wait_for_events(50)
        first = self.collect("first.h5")
        self.assertEqual((first["status"], first["missing"], first["processes"]),
                         ("partial", [], ranks))
        self.wait_for_events(50)
        self.call("trace", "collect", self.rings())  # to t.h5, which the end replaces
        again = self.collect("first.h5")  # the same file: no event is there twice
        self.assertGreater(again["events"], first["events"])
        self.collect("second.h5")
        self.stop_file.touch()
        wait_until(lambda: self.is_complete("t.h5"), "the job has ended")
        wait_until(self.is_let_go, "who has written the trace is gone")
        alone = self.call("trace", "recover", "--keep-recordings", "-o", "alone.h5", self.rings())
        self.assertIn("events of", alone.stdout)
        self.check_parts("first.h5", "second.h5", "t.h5")
        self.assertEqual(self.by_sequence("t.h5"), self.by_sequence("alone.h5"))
        self.call("trace", "recover", "-o", "alone.h5", self.rings())

    def is_let_go(self):
        """Nobody writes the trace any more: its file is there a little earlier."""
        said = subprocess.run([program.PROGRAM, "trace", "recover", "--keep-recordings", "-o",
                               "alone.h5", self.rings()], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, check=False, timeout=LIMIT_S).stderr
        return "just now" not in said

    def is_complete(self, name):
        path = self.folder / name
        try:
            return trace_file.attributes(path)["status"] == "complete"
        except OSError:
            return False

    def test_copies_of_another_disk_are_collected_up_to_now(self):
        node = self.folder / "node"
        node.mkdir()
        with self.job(2, "--dir", str(node), off=False):
            self.wait_for_events(50)
            before = sum(it["events"] for it in self.listed(self.folder)[0]["processes"])
            it = self.collect("part.h5")
            self.assertEqual(it["missing"], [])
            self.assertGreaterEqual(it["events"], before)
            # Whoever copies for the host stands still: what is there is written, and that is said.
            finalisers = self.finalisers()
            self.assertEqual(len(finalisers), 1)
            os.kill(finalisers[0], signal.SIGSTOP)
            try:
                late = self.collect("late.h5", "--options", "total_timeout=700ms", status=MISSING)
                self.assertEqual([who["rank"] for who in late["missing"]], [0, 1])
                self.assertIn("not been copied", late["missing"][0]["why"])
            finally:
                os.kill(finalisers[0], signal.SIGCONT)
            self.start_and_stop_again()
        self.check_parts("part.h5", "late.h5", "t.h5")

    def start_and_stop_again(self):
        self.stop()
        self.assertEqual(self.start()["participants"], 2)

    def finalisers(self):
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes()
                if b"trace-finaliser" in words and os.fsencode(self.folder) in words:
                    found.append(int(entry.name))
        return found

    def test_of_a_flight_recorder_the_newest_events_are_collected_whole(self):
        with self.job(2, "--keep", "newest", "--buffer", "1MiB", off=False):
            for name in ("first.h5", "second.h5", "third.h5"):
                self.wait_for_events(15_000)
                self.collect(name)
        parts = self.check_parts("first.h5", "second.h5", "third.h5", "t.h5", same_begin=False)
        for part in parts:
            for first, said in part.values():
                tags = [it[3] for it in said if it[1] == "MPI_Sendrecv" and it[0] == 1]
                self.assertTrue(all(after == (before + 1) % 30_000
                                    for before, after in zip(tags, tags[1:])), "a gap")
        self.assertGreater(parts[2][0, 0][0], 0, "the buffer has not been full")
        self.assertEqual(list(self.folder.glob("*.snapshot")), [])

    def test_a_rank_that_has_not_started_is_missing(self):
        late = [program.PROGRAM, "trace", "-q", "-o", "t.h5", "--", LONG, str(self.stop_file), "0"]
        command = [MPIEXEC, "--oversubscribe", "--bind-to", "none", "-n", "1", *late, ":", "-n",
                   "1", "/bin/sh", "-c", 'while [ ! -e go ]; do sleep 0.1; done; exec "$@"', "sh",
                   *late]
        with subprocess.Popen(command, cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as job:
            try:
                wait_until(lambda: self.rings() and self.listed(self.folder)[0]["processes"],
                           "the first rank has started")
                it = self.collect("part.h5", "--options", "total_timeout=1s", status=MISSING)
                self.assertEqual([who["rank"] for who in it["missing"]], [1])
                self.assertIn("has not started", it["missing"][0]["why"])
                (self.folder / "go").touch()
                self.assertEqual(self.collect("part.h5")["missing"], [])
            finally:
                (self.folder / "go").touch()
                self.stop_file.touch()
                self.assertEqual(job.wait(timeout=LIMIT_S), 0)
        wait_until(lambda: self.rings() is None, "the trace is written")

    def test_a_window_is_collected_by_itself(self):
        with self.job(2):
            ids = []
            for scope in ("", "ranks=1"):
                ids.append(self.start("--scope", scope)["window"])
                self.wait_for_events(100, ranks=[1])
                self.stop()
            for name, window in zip(("first.h5", "second.h5"), ids):
                self.assertEqual(self.collect(name, "--window", window)["missing"], [])
            self.call("trace", "collect", self.rings(), "--window", ids[0])
            self.collect("whole.h5")
            self.refuse("trace", "collect", self.rings(), "--window", "00000000000000ff",
                        message="no window 00000000000000ff")
        self.assertTrue((self.folder / f"trace-{ids[0]}.h5").exists())
        whole, first, second = (self.by_sequence(it) for it in ("whole.h5", "first.h5",
                                                                "second.h5"))
        self.assertEqual(second[0, 0][1], [], "rank 0 is not in its scope")
        for rank in (0, 1):
            begin, said = first[rank, 0]
            self.assertEqual(whole[rank, 0][1][begin:begin + len(said)], said)
            self.assertEqual((said[0][0], said[-1][0]), (1, 2), "whole calls")
            self.assertFalse({it[1] for it in said} - MPI_CALLS)
        begin, said = second[1, 0]
        self.assertGreaterEqual(begin, first[1, 0][0] + len(first[1, 0][1]))
        self.assertEqual(whole[1, 0][1][begin:begin + len(said)], said)
        both = len(first[1, 0][1]) + len(said)
        calls = sum(it[1] in MPI_CALLS for it in whole[1, 0][1])
        self.assertEqual(both, calls)
        for name, window in zip(("first.h5", "second.h5"), ids):
            self.assertEqual({it["id"].decode() for it in self.windows(name)}, {window})

    def test_other_files_are_not_overwritten(self):
        self.write("mine.h5", "mine")
        with self.job(1, off=False):
            self.wait_for_events(10)
            self.refuse("trace", "collect", self.rings(), "-o", "mine.h5", message="exists",
                        hint="--force")
            self.assertEqual((self.folder / "mine.h5").read_text(), "mine")
            self.collect("mine.h5", "--force")
            self.assertEqual(trace_file.attributes(self.folder / "mine.h5")["schema"],
                             "foundation.trace")


program.main()
