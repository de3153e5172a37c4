"""What the checks of the source tree share: which files there are and how findings are shown."""

import pathlib
import sys

# Folders that git ignores or owns; everything else in the tree is ours.
SKIPPED_FOLDERS = {".git", ".cache", "build", "runs", "example", "__pycache__"}


def tree_files(root):
    """Every file of the project below `root`, sorted, as paths relative to it."""
    found = []
    folders = [pathlib.Path(root)]
    while folders:
        for entry in folders.pop().iterdir():
            if entry.is_dir() and not entry.is_symlink():
                skipped = entry.name in SKIPPED_FOLDERS or entry.name.startswith("build-")
                if not skipped:
                    folders.append(entry)
            elif entry.is_file():
                found.append(entry.relative_to(root))
    return sorted(found)


def run(check, description):
    """Calls check(root), which yields findings, and exits with 1 if there is one."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} ROOT\n{description}")
    findings = list(check(pathlib.Path(sys.argv[1]).resolve()))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    sys.exit(1 if findings else 0)
