#!/usr/bin/env python3
"""Checks that what the Markdown files link to inside the project exists, headings included."""

import re
import urllib.parse

import check_common

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)[^)]*\)|!\[[^\]]*\]\(([^)\s]+)[^)]*\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def anchors(text):
    """Anchors of the headings, as the usual hosts make them."""
    for heading in re.findall(r"^#+\s+(.*?)\s*$", re.sub(r"```.*?```", "", text, flags=re.DOTALL),
                              re.MULTILINE):
        plain = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        yield re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")


def problem_of(root, path, link):
    target, _, fragment = urllib.parse.unquote(link).partition("#")
    file = root / path.parent / target if target else root / path
    if not file.exists():
        return f"'{target}' does not exist"
    if not file.resolve().is_relative_to(root):
        return f"'{target}' is outside of the project"
    if fragment and file.suffix == ".md":
        if fragment not in anchors(file.read_text(encoding="utf-8")):
            return f"'{file.name}' has no heading '#{fragment}'"
    return None


def check(root):
    for path in check_common.tree_files(root):
        if path.suffix != ".md":
            continue
        text = CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()),
                        (root / path).read_text(encoding="utf-8"))
        for match in LINK.finditer(text):
            link = match.group(1) or match.group(2)
            if re.match(r"[a-z]+:", link):
                continue
            problem = problem_of(root, path, link)
            if problem:
                yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {problem}"


if __name__ == "__main__":
    check_common.run(check, __doc__)
