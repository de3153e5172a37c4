#!/usr/bin/env python3
"""Follows README.md with the built program: its job file must be accepted as it stands, and every
subcommand it names must exist.

usage: check_readme.py ROOT FOUNDATION"""

import pathlib
import re
import subprocess
import sys
import tempfile

PLANNED = {"trace", "profile"}  # named in the section "Planned" only


def run(*arguments, **options):
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=50, **options)
    return done.returncode, done.stdout + done.stderr


def check_job(text, foundation):
    job = re.search(r"```toml\n(.*?)```", text, re.DOTALL).group(1)
    header = re.search(r"```csv\n(.*?)\n", text).group(1)
    with tempfile.TemporaryDirectory() as folder:
        rows = [f'"ticket {i}, about {i % 7}",{"accounts" if i % 2 else "billing"}'
                for i in range(400)]
        (pathlib.Path(folder) / "tickets.csv").write_text("\n".join([header, *rows]) + "\n")
        (pathlib.Path(folder) / "job.toml").write_text(job)
        status, output = run(foundation, "optimize", "--dry-run", "job.toml", cwd=folder)
    if status != 0:
        yield f"README.md: its job file ends with status {status}:\n{output}"


def check_commands(text, foundation):
    code = " ".join(re.findall(r"```sh\n.*?```|`[^`\n]*`", text, re.DOTALL))
    for name in sorted(set(re.findall(r"\bfoundation ([a-z]+)\b", code)) - PLANNED):
        status, output = run(foundation, name, "--help")
        if status != 0:
            yield f"README.md: 'foundation {name} --help' ends with status {status}:\n{output}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    text = (pathlib.Path(sys.argv[1]) / "README.md").read_text(encoding="utf-8")
    findings = [*check_job(text, sys.argv[2]), *check_commands(text, sys.argv[2])]
    print("\n".join(findings + [f"{len(findings)} findings"]))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
