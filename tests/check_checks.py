#!/usr/bin/env python3
"""Tests the checks themselves: each fault planted in a small tree must be found, and a right tree
must pass."""

import pathlib
import tempfile
import unittest

import check_determinism
import check_includes
import check_links
import check_python
import check_text


def findings(check, files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        for name, content in files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(check(root))


class Checks(unittest.TestCase):
    def expect(self, check, files, *parts):
        """Exactly as many findings as `parts`, each containing its part."""
        found = findings(check, files)
        self.assertEqual(len(found), len(parts), found)
        for finding, part in zip(found, parts):
            self.assertIn(part, finding)

    CORE = {"src/core/a.hpp": "#pragma once\n"}

    def test_right_tree(self):
        files = self.CORE | {
            "src/model/b.hpp": '#pragma once\n#include "core/a.hpp"\n#include <vector>\n',
            "src/messaging/m.cpp": "#include <mpi.h>\n",
            "src/storage/detail/h.hpp": "#pragma once\n#include <hdf5.h>\n",
            "src/storage/s.cpp": '#include "storage/detail/h.hpp"\n',
            "apps/foundation/main.cpp": '#include "model/b.hpp"\n#include <CLI/CLI.hpp>\n',
            "src/model/CMakeLists.txt": "x(model PUBLIC foundation::core)\n",
        }
        self.expect(check_includes.check, files)

    def test_arrow_up(self):
        files = self.CORE | {"src/model/b.hpp": "#pragma once\n",
                             "src/core/c.cpp": '#include "model/b.hpp"\n'}
        self.expect(check_includes.check, files, "c.cpp:1: 'core' must not include 'model'")

    def test_arrow_up_in_cmake(self):
        files = {"src/core/CMakeLists.txt": "x(core PUBLIC foundation::model)\n"}
        self.expect(check_includes.check, files, "'core' must not link 'model'")

    def test_unknown_module(self):
        files = self.CORE | {"src/extra/b.cpp": '#include "core/a.hpp"\n'}
        self.expect(check_includes.check, files, "'extra' is not in the table")

    def test_confined_libraries(self):
        self.expect(check_includes.check, {"src/runtime/r.cpp": "#include <mpi.h>\n"}, "<mpi.h>")
        self.expect(check_includes.check, {"src/report/r.cpp": "#include <hdf5.h>\n"}, "<hdf5.h>")
        self.expect(check_includes.check, {"src/job/r.cpp": "#  include <CLI/App.hpp>\n"}, "CLI")

    def test_foreign_detail(self):
        files = {"src/core/detail/d.hpp": "#pragma once\n",
                 "src/model/b.cpp": '#include "core/detail/d.hpp"\n'}
        self.expect(check_includes.check, files, "detail of the module 'core'")

    def test_cycle(self):
        files = {"src/core/a.hpp": '#pragma once\n#include "core/b.hpp"\n',
                 "src/core/b.hpp": '#pragma once\n#include "core/a.hpp"\n'}
        self.expect(check_includes.check, files, "include each other")

    def test_missing_guard_and_file(self):
        files = {"src/core/a.hpp": '#include "core/none.hpp"\n'}
        self.expect(check_includes.check, files, "no '#pragma once'", "no file of the tree")

    def test_own_header_first(self):
        header = {"src/core/b.hpp": "#pragma once\n"}
        right = {"src/core/b.cpp": '// Text.\n#include "core/b.hpp"\n#include "core/a.hpp"\n'}
        wrong = {"src/core/b.cpp": '#include <vector>\n#include "core/b.hpp"\n'}
        self.expect(check_includes.check, self.CORE | header | right)
        self.expect(check_includes.check, self.CORE | header | wrong,
                    'b.cpp:1: the first include must be "core/b.hpp"')

    def test_determinism(self):
        def source(line):
            return {"src/optimize/a.cpp": line + "\n"}
        self.expect(check_determinism.check, source("x = std::exp(y);"), "core::exact")
        self.expect(check_determinism.check, source("#include <random>"), "core::Stream")
        self.expect(check_determinism.check, source("steady_clock::now();"), "clock")
        declared = "std::unordered_map<int, int> seen_;\n"
        self.expect(check_determinism.check, source(declared + "for (auto& [k, v] : seen_) f(k);"),
                    "a.cpp:2: loop over 'seen_'")
        self.expect(check_determinism.check, source(declared + "if (seen_.contains(1)) f();"))
        self.expect(check_determinism.check,
                    source(declared + "for (auto& x : seen_) n += x.second;  // any order: a sum"))
        self.expect(check_determinism.check, source("x = std::sqrt(y);  // not std::exp(y)"))
        self.expect(check_determinism.check, {"src/runtime/a.cpp": "steady_clock::now();\n"})

    def test_text(self):
        self.expect(check_text.check, {"a.md": "good\n"})
        self.expect(check_text.check, {"a.md": "blank \n"}, "blank")
        self.expect(check_text.check, {"a.cpp": "\tx\n"}, "tab")
        self.expect(check_text.check, {"a.cpp": "x" * 101 + "\n"}, "101 columns")
        self.expect(check_text.check, {"a.txt": b"\xff\n"}, "not UTF-8")
        self.expect(check_text.check, {"a.txt": "no end"}, "line end")

    def test_links(self):
        files = {"a.md": "# One `two`\n[x](b.md#three) [y](#one-two) [z](https://example.org)\n",
                 "b.md": "## Three\n"}
        self.expect(check_links.check, files)
        self.expect(check_links.check, {"a.md": "[x](c.md)\n"}, "does not exist")
        self.expect(check_links.check, {"a.md": "[x](#none)\n"}, "no heading")
        self.expect(check_links.check, {"a.md": "`[x](c.md)`\n```\n[x](c.md)\n```\n"})

    def test_python(self):
        self.expect(check_python.check, {"a.py": "x = 1\n"})
        self.expect(check_python.check, {"a.py": "x = (\n"}, "a.py:1")


if __name__ == "__main__":
    unittest.main()
