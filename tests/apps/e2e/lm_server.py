"""The test server for language-model jobs as a process of its own, and jobs that ask it."""

import json
import subprocess
import sys
import urllib.request

SERVER = sys.argv[3]

INSTRUCTION = "Say what the text is about."
BETTER = "Say what the text is about; compare all words with those of the examples."

JOB = """
[trainset]
file = "data.jsonl"
input = "text"
label = "class"
id = "id"

[program]
kind = "lm"
model = "{model}"
in_flight = {in_flight}

[[program.stages]]
name = "sort"
kind = "{kind}"
inputs = "text"
outputs = [{{name = "class", description = "one word"}}]
instruction = "{instruction}"
instructions = ["{better}"]
max_demonstrations = 24

[[program.endpoints]]
url = "{url}"
{endpoint}

[program.limits]
{limits}

[strategy]
candidates = {candidates}
bootstrapped = 12
labeled = 12
heat = 4
lookahead = 8

[execution]
publish_interval = "200ms"
progress_interval = "50ms"
"""


def job(url, **changes):
    words = {"model": "nearest", "in_flight": 16, "kind": "predict", "instruction": INSTRUCTION,
             "better": BETTER, "endpoint": "", "limits": "", "candidates": 12}
    return JOB.format(url=url, **{**words, **changes})


class Server:
    """Ends with the test that made it."""

    def __init__(self, test, *arguments):
        self.process = subprocess.Popen([SERVER, *map(str, arguments)], stdout=subprocess.PIPE,
                                        text=True)
        test.addCleanup(self.end)
        self.port = int(self.process.stdout.readline().split()[1])
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def stats(self):
        return self.get("/stats")

    def reset(self):
        self.get("/reset")
