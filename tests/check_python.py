#!/usr/bin/env python3
"""Checks that every Python file compiles, without leaving anything behind."""

import check_common


def check(root):
    for path in check_common.tree_files(root):
        if path.suffix != ".py":
            continue
        try:
            compile((root / path).read_bytes(), str(path), "exec")
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: {error.msg}"


if __name__ == "__main__":
    check_common.run(check, __doc__)
