#!/usr/bin/env python3
"""Checks that code whose results are part of the answer keeps away from what differs between
machines or runs: libm's transcendental functions (use core::exact), the standard library's random
numbers (core::Stream), clocks (time is passed in), and loops over containers without an order. A
line with the comment `any order: REASON` may loop. src/README.md explains why."""

import re

import check_common

DECIDING = ["model", "programs", "optimize", "job", "journal", "cluster", "campaign"]

# What -> (pattern, modules it must not appear in, what to do instead)
FORBIDDEN = {
    "libm": (r"\bstd::(exp|exp2|expm1|log|log2|log10|log1p|pow|sin|cos|tan|tanh|sinh|cosh|atan2?"
             r"|asin|acos|cbrt|erfc?|l?tgamma|hypot|fma)\s*\(",
             DECIDING, "use core::exact"),
    "random numbers": (r"#include <random>|\bstd::(mt19937|random_device|\w+_distribution)"
                       r"|(?<![\w:])s?rand\s*\(|\bstd::s?rand\b",
                       ["core"] + DECIDING, "use core::Stream"),
    "clock": (r"\b(system|steady|high_resolution)_clock\b|\bmonotonic_now\s*\("
              r"|(?<![\w:])(clock_gettime|gettimeofday|time)\s*\(",
              ["model", "programs", "optimize", "cluster", "campaign"],
              "let the caller pass the time in"),
    "fast mathematics": (r"-ffast-math|-Ofast|-ffp-contract=fast", ["core"] + DECIDING, "drop it"),
}
UNORDERED = re.compile(r"\bunordered_(?:multi)?(?:map|set)<[^;{}()]*>&?\s+(\w+)\s*[;{=,)]")
COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def without_comments(text):
    """`text` with comments and string literals blanked, lines kept."""
    return COMMENT_OR_TEXT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def forbidden_words(path, text):
    for name, (pattern, modules, remedy) in FORBIDDEN.items():
        if path.parts[1] not in modules:
            continue
        for match in re.finditer(pattern, text):
            yield match, f"{name}: {match.group().strip()} ({remedy})"


def loops_over(names, text):
    """Range loops and begin() over a container whose name is in `names`."""
    if not names:
        return
    alternatives = "|".join(sorted(names))
    for pattern in (rf"\bfor\s*\([^;]*?:\s*(?:\w+(?:\.|->))*({alternatives})\s*\)",
                    rf"\b({alternatives})\.c?begin\s*\("):
        for match in re.finditer(pattern, text):
            yield match, f"loop over '{match.group(1)}', which has no order (sort, or use std::map)"


def check(root):
    sources = {path: (root / path).read_text(encoding="utf-8", errors="replace")
               for path in check_common.tree_files(root)
               if path.parts[0] == "src" and path.suffix in (".hpp", ".cpp")}
    unordered = {}  # module -> names of its unordered containers
    for path, source in sources.items():
        names = UNORDERED.findall(without_comments(source))
        unordered.setdefault(path.parts[1], set()).update(names)
    for path, source in sources.items():
        text = without_comments(source)
        names = unordered[path.parts[1]] if path.parts[1] in DECIDING else ()
        for match, problem in [*forbidden_words(path, text), *loops_over(names, text)]:
            line = text.count("\n", 0, match.start()) + 1
            if "any order: " not in source.splitlines()[line - 1]:
                yield f"{path}:{line}: {problem}"


if __name__ == "__main__":
    check_common.run(check, __doc__)
