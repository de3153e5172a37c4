#!/usr/bin/env python3
"""Checks the arrows between modules: which may include which, where MPI, HDF5, OTF2 and CLI11 may
be seen, that nobody looks into another module's detail folder, that no files include each other in
a circle, that each header has its include guard and comes first in the source of its name, and that
CMake links no more than that."""

import pathlib
import re

import check_common

# A module may include itself and these. From the bottom up; src/README.md draws it.
ALLOWED = {
    "foundation": [],
    "core": [],
    "trace": ["core"],
    "model": ["core"],
    "process": ["core"],
    "endpoints": ["core"],
    "programs": ["endpoints", "process", "model", "core"],
    "optimize": ["model", "core"],
    "job": ["optimize", "programs", "endpoints", "process", "model", "core"],
    "journal": ["foundation", "core"],
    "campaign": ["optimize", "programs", "model", "journal", "foundation", "core"],
    "messaging": ["core"],
    "interpose": ["trace", "foundation"],
    "storage": ["model", "core"],
    "analysis": ["storage", "trace", "core"],
    "capture": ["analysis", "storage", "trace", "core"],
    "exports": ["analysis", "storage", "trace", "core"],
    "cluster": ["core"],
    "report": ["analysis", "trace", "storage", "journal", "campaign", "cluster", "job", "optimize",
               "programs", "model", "core"],
    "runtime": ["cluster", "storage", "messaging", "campaign", "journal", "job", "optimize",
                "programs", "endpoints", "process", "model", "foundation", "trace", "core"],
}

# A header of a library -> the only folders that may include it.
CONFINED = {
    r"mpi\.h": ["src/messaging", "src/interpose", "tests"],
    r"hdf5\.h|H5\w*\.h": ["src/storage", "tests/storage"],
    r"curl/.*": ["src/endpoints"],
    r"otf2/.*": ["src/exports", "tests/exports"],
    r"CLI/.*": ["apps"],
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
SOURCE_ENDINGS = {".hpp", ".cpp", ".h", ".c"}


def module_of(path):
    """The module a file belongs to: `core` for src/core/..., `apps`, `tests`; None elsewhere."""
    if path.parts[0] == "src" and len(path.parts) > 2:
        return path.parts[1]
    return path.parts[0] if path.parts[0] in ("apps", "tests") else None


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def resolve(root, path, target):
    """The file of the tree that `#include "target"` in `path` means, or None."""
    app = pathlib.Path(*path.parts[:2])  # an application's own folder is on its include path
    folders = [path.parent, pathlib.Path("src"), app]
    if path.parts[0] == "tests" and target.startswith("tests/"):
        folders.append(pathlib.Path("."))  # one test uses another's helpers by their full path
    for folder in folders:
        if (root / folder / target).is_file():
            return pathlib.Path(*(root / folder / target).resolve().relative_to(root).parts)
    if (root / "src" / (target + ".in")).is_file():
        return pathlib.Path("src") / (target + ".in")
    return None


def check_library(path, target):
    for pattern, folders in CONFINED.items():
        if re.fullmatch(pattern, target) and not any(
                path.is_relative_to(folder) for folder in folders):
            return f"<{target}> may be included under {', '.join(folders)} only"
    return None


def check_arrow(path, included):
    origin, goal = module_of(path), module_of(included)
    if origin in ("apps", "tests"):
        if goal == "tests" and origin == "apps":
            return "an application includes a test"
        if origin == "apps" and "detail" in included.parts and goal != "apps":
            return f"{included} is a detail of the module '{goal}'"
        return None
    if origin not in ALLOWED:
        return f"the module '{origin}' is not in the table of tests/check_includes.py"
    if goal != origin and goal not in ALLOWED[origin]:
        return f"'{origin}' must not include '{goal}' ({included})"
    if goal != origin and "detail" in included.parts:
        return f"{included} is a detail of the module '{goal}'"
    return None


def find_cycle(graph):
    """One circle of includes as a list of files, or None. Depth first, without recursion."""
    done = set()
    for start in sorted(graph):
        chain, pending = [], [(start, False)]
        while pending:
            file, leaving = pending.pop()
            if leaving:
                done.add(chain.pop())
            elif file in chain:
                return chain[chain.index(file):] + [file]
            elif file not in done:
                chain.append(file)
                pending.append((file, True))
                pending.extend((next_file, False) for next_file in graph.get(file, ()))
    return None


def check_first(root, path, text):
    """A source includes the header of its name before all others: so that compiles alone."""
    header = path.with_suffix(".hpp")
    if path.parts[0] != "src" or path.suffix != ".cpp" or not (root / header).is_file():
        return None
    first = INCLUDE.search(text)
    if first and resolve(root, path, first.group(2)) == header:
        return None
    return f"{path}:1: the first include must be \"{header.relative_to('src').as_posix()}\""


def check_links(root):
    """CMake may link a module only to those it may include."""
    for path in sorted(root.glob("src/*/CMakeLists.txt")):
        module = path.parent.name
        text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
        for linked in sorted(set(re.findall(r"foundation::(\w+)", text))):
            if linked != module and linked not in ALLOWED.get(module, []):
                yield f"{path.relative_to(root)}: '{module}' must not link '{linked}'"


def check(root):
    graph = {}
    for path in check_common.tree_files(root):
        if path.suffix not in SOURCE_ENDINGS or module_of(path) is None:
            continue
        text = (root / path).read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".hpp" and not re.search(r"^#pragma once$", text, re.MULTILINE):
            yield f"{path}:1: no '#pragma once'"
        misplaced = check_first(root, path, text)
        if misplaced:
            yield misplaced
        graph[path] = []
        for match in INCLUDE.finditer(text):
            place = f"{path}:{line_of(text, match.start())}"
            bracket, target = match.groups()
            problem = check_library(path, target)
            if bracket == '"' and problem is None:
                included = resolve(root, path, target)
                if included is None:
                    problem = f'"{target}" is no file of the tree (libraries: <...>)'
                else:
                    graph[path].append(included)
                    problem = check_arrow(path, included)
            if problem:
                yield f"{place}: {problem}"
    cycle = find_cycle(graph)
    if cycle:
        yield "files include each other: " + " -> ".join(map(str, cycle))
    yield from check_links(root)


if __name__ == "__main__":
    check_common.run(check, __doc__)
