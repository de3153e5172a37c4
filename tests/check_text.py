#!/usr/bin/env python3
"""Checks every text file: UTF-8, no tabs, no blanks at the end of a line, one line end at the end,
no carriage returns, and at most 100 columns in sources."""

import check_common

BINARY = {".h5", ".png", ".gz", ".zst", ".bin"}
NARROW = {".hpp", ".cpp", ".h", ".c", ".py", ".sh", ".sbatch"}
TABS_ALLOWED = {".tsv", ".csv"}
COLUMNS = 100
# Inputs of tests that are wrong on purpose.
DAMAGED = ("tests/data/", "tests/fuzz/")


def check_line(path, line):
    if line.endswith((" ", "\t")):
        yield "blank at the end of the line"
    if "\t" in line and path.suffix not in TABS_ALLOWED:
        yield "tab"
    if "\r" in line:
        yield "carriage return"
    if path.suffix in NARROW and len(line) > COLUMNS:
        yield f"{len(line)} columns, more than {COLUMNS}"


def check(root):
    for path in check_common.tree_files(root):
        if path.suffix in BINARY or path.as_posix().startswith(DAMAGED):
            continue
        try:
            text = (root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            yield f"{path}: not UTF-8: byte {error.start} ({error.reason})"
            continue
        for number, line in enumerate(text.split("\n"), start=1):
            for problem in check_line(path, line):
                yield f"{path}:{number}: {problem}"
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            yield f"{path}: does not end in exactly one line end"


if __name__ == "__main__":
    check_common.run(check, __doc__)
