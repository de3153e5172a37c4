"""Reads the hardening back from the built program. Arguments: readelf, the program, ON or OFF."""

import re
import subprocess
import sys
import unittest

READELF, PROGRAM = sys.argv[1:3]


def readelf(option):
    return subprocess.run([READELF, "-W", option, PROGRAM], capture_output=True, text=True,
                          timeout=50, check=True).stdout


class Hardening(unittest.TestCase):

    def test_position_independent_executable(self):
        self.assertRegex(readelf("-h"), r"Type:\s+DYN \(Position-Independent Executable|DYN")
        self.assertRegex(readelf("-d"), r"FLAGS_1.*\bPIE\b")

    def test_full_relro(self):
        self.assertIn("GNU_RELRO", readelf("-l"))
        self.assertRegex(readelf("-d"), r"BIND_NOW|FLAGS_1.*\bNOW\b")

    def test_no_segment_is_both_written_and_executed(self):
        headers = readelf("-l")
        stack = re.search(r"GNU_STACK.*?\s(R\S*|RW\S*)\s+0x", headers)
        self.assertEqual(stack.group(1), "RW", headers)
        loads = re.findall(r"LOAD(?:\s+0x\w+){5}\s+([RWE ]{3})", headers)
        self.assertGreater(len(loads), 1)
        self.assertEqual([flags for flags in loads if "W" in flags and "E" in flags], [])
        self.assertNotIn("TEXTREL", readelf("-d"))

    def test_stack_protector_and_checked_calls(self):
        symbols = readelf("-s")
        self.assertIn("__stack_chk_fail@", symbols)
        self.assertRegex(symbols, r"__(memcpy|read|fread|snprintf|vsnprintf|memset|fdelt)_chk@")

    def test_library_assertions(self):
        self.assertRegex(readelf("-s"), r"__glibcxx_assert_fail")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
