"""`foundation analyze` says what each region of the program cost, and who waited in it."""

import region_case


class AnalysisTest(region_case.RegionCase):
    def regions(self, found):
        return {it["region"]: it for it in found["regions"]}

    def test_time_and_waits_of_regions(self):
        late_s = self.record_ranks()
        found = self.analyze()
        regions = self.regions(found)
        self.assertEqual({name: it["calls"] for name, it in regions.items()},
                         {"setup": 2, "solve": 2, "exchange": 10, "compute": 5, "teardown": 2})
        solve, exchange, compute = (regions[it] for it in ("solve", "exchange", "compute"))
        self.assertEqual((compute["ranks"], compute["worst_rank"]), (1, 1))
        self.assertAlmostEqual(compute["self_s"], late_s, delta=0.05 * late_s)
        self.assertEqual((compute["mpi_s"], compute["wait_s"]), (0, 0))
        # Rank 0 waits in `exchange` for rank 1, which is in `compute`; on a busy machine rank 0 may
        # come late, too, and waits the less.
        self.assertLess(exchange["wait_s"], 1.05 * late_s + 0.001)
        self.assertGreater(exchange["wait_s"], 0.5 * late_s)
        self.assertAlmostEqual(compute["delay_s"], exchange["wait_s"], delta=0.05 * late_s + 0.001)
        self.assertGreater(compute["critical_s"], 0.9 * late_s)
        # Times inside of times.
        for it in regions.values():
            self.assertLessEqual(it["self_s"], it["inclusive_s"])
            self.assertLessEqual(it["mpi_s"], it["inclusive_s"])
            self.assertLessEqual(it["own_mpi_s"], it["mpi_s"] + 1e-9)
            self.assertLessEqual(it["wait_s"], it["own_mpi_s"] + 1e-9)
        self.assertAlmostEqual(solve["mpi_s"], solve["own_mpi_s"] + exchange["own_mpi_s"], 6)
        parts = (solve["self_s"] + exchange["self_s"] + compute["self_s"] + solve["mpi_s"])
        self.assertAlmostEqual(solve["inclusive_s"], parts, 6)
        callers = {it["caller"] for it in found["waits"] if it["pattern"] == "late sender"}
        self.assertEqual(callers, {"exchange"})

    def test_counters_and_marks(self):
        self.record_ranks()
        found = self.analyze()
        (residual,) = found["counters"]
        self.assertEqual((residual["counter"], residual["unit"], residual["count"]),
                         ("residual", "Pa", 10))
        self.assertEqual((residual["least"], residual["most"], residual["last"]), (0.2, 1, 0.2))
        (mark,) = found["marks"]
        self.assertEqual((mark["mark"], mark["count"]), ("converged", 2))
        self.assertLessEqual(mark["first_s"], mark["last_s"])

    def test_text(self):
        self.record_ranks()
        text = self.analyze_text()
        self.assertIn("regions of the program, all ranks (5 of 5)", text)
        self.assertIn("exchange", text)
        self.assertIn("residual (Pa)", text)
        self.assertIn("converged", text)

    def test_numbers_only_count(self):
        self.record("plain_regions", "nested")
        (residual,) = self.analyze()["counters"]
        self.assertEqual((residual["count"], residual["numbers"]), (102, 100))
        self.assertEqual((residual["least"], residual["mean"], residual["most"]), (1, 50.5, 100))

    def test_regions_that_do_not_nest(self):
        self.record("plain_regions", "unbalanced")
        found = self.analyze()
        self.assertEqual((found["unbalanced"], found["unended"]), (2, 2))
        self.assertEqual({name: it["calls"] for name, it in self.regions(found).items()},
                         {"outer": 1, "inner": 2, "other": 1})
        text = self.analyze_text()
        self.assertIn("2 calls or regions end that do not begin in the recording", text)
        self.assertIn("2 regions were never ended by the program", text)

    def test_odd_names_are_shown_harmlessly(self):
        self.record("plain_regions", "odd_names")
        self.assertNotIn("\x1b", self.analyze_text())
        names = {it["region"] for it in self.analyze()["regions"]}
        self.assertIn("line\nfeed\ttab\x1b[31m", names)

    def test_the_file_says_the_same_as_the_recordings(self):
        for program in (("nested",), ("unbalanced",), ("odd_names",), ("threads",)):
            with self.subTest(program):
                self.record("plain_regions", *program, options=("--keep-recordings",))
                recordings = region_case.trace_file.rings(self.folder)
                for tool in (("analyze", "--json"), ("export", "--format", "perfetto"),
                             ("export", "--format", "chrome"), ("export", "--format", "csv")):
                    command = (region_case.FOUNDATION, tool[0])
                    of_file = self.run_command(*command, self.trace, *tool[1:]).stdout
                    of_recordings = self.run_command(*command, recordings, *tool[1:]).stdout
                    self.assertEqual(of_file, of_recordings, tool)
                region_case.shutil.rmtree(recordings)

    def test_tables(self):
        self.record_ranks()
        tables = self.folder / "analysis.h5"
        self.analyze("-o", tables)
        regions = region_case.trace_file.table(tables, "program_regions")
        self.assertEqual(sorted(regions["region"]),
                         [b"compute", b"exchange", b"setup", b"solve", b"teardown"])
        self.assertEqual(list(region_case.trace_file.table(tables, "counters")["unit"]), [b"Pa"])
        self.assertEqual(list(region_case.trace_file.table(tables, "marks")["count"]), [2])


region_case.main()
