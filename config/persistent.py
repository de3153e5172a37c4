#!/usr/bin/env python3
"""A program that stays and answers in lines of JSON: it is asked for one example at a time, with
the settings of the candidate, and loads what it needs only once. Here it guesses the language of
a word by its last letters."""

import json
import sys

ENDINGS = {"english": ("ing", "ed", "th"), "german": ("ung", "en", "cht"),
           "italian": ("are", "o", "a")}


def guess(word, parameters):
    scores = {}
    for language, endings in ENDINGS.items():
        scores[language] = sum(len(ending) ** parameters["power"]
                               for ending in endings if word.endswith(ending))
    scores[parameters["fallback"]] += parameters["bias"]
    return max(sorted(scores), key=scores.get)


for line in sys.stdin:
    request = json.loads(line)
    answer = guess(request["inputs"]["word"], request["parameters"])
    print(json.dumps({"id": request["id"], "output": answer}), flush=True)
