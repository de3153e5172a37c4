"""Trainsets and jobs of the end-to-end tests: the same bytes on every machine."""

import json
import random

TOPICS = {
    "games": "game puzzle strategy player arcade board level score card maze",
    "science": "simulation molecule physics genome equation chemistry solver spectrum orbit cell",
    "sound": "audio music synthesizer mixer track player recorder tone codec volume",
    "graphics": "image picture viewer drawing colour pixel editor photo render codec",
    "mail": "message mailbox server client filter spam delivery list address reader",
    "net": "network packet server client router socket traffic address protocol scanner",
}
COMMON = "tool library simple fast for with and the of files data text plugin interface".split()


def examples(count=1200, seed=7):
    """Short descriptions in six classes that share some of their words."""
    chance = random.Random(seed)
    classes = sorted(TOPICS)
    lines = []
    for number in range(count):
        label = classes[number % len(classes)]
        words = [chance.choice(TOPICS[label if chance.random() < 0.8 else chance.choice(classes)]
                               .split() if chance.random() < 0.45 else COMMON)
                 for _ in range(chance.randint(3, 8))]
        lines.append(json.dumps({"id": f"e{number}", "text": " ".join(words), "class": label}))
    return "\n".join(lines) + "\n"


def trainset(name="data.jsonl"):
    return {"file": name, "input": "text", "label": "class", "id": "id"}


def classifier(**changes):
    """A few tenths of a second of real work: racing, bootstraps, a test at the end."""
    return with_changes({
        "trainset": trainset(),
        "program": {"kind": "text_classifier"},
        "metric": {"kind": "macro_f1"},
        "strategy": {"kind": "bootstrap_random_search", "candidates": 64},
        "execution": {"publish_interval": "200ms", "progress_interval": "50ms"}}, changes)


def sleeper(**changes):
    """About three seconds on two slots, whatever the machine: every evaluation sleeps."""
    return with_changes({
        "trainset": trainset(),
        "program": {"kind": "sleep", "sleep_mean": "1ms", "sleep_sigma": 0.5},
        "strategy": {"kind": "random", "candidates": 64},
        "execution": {"publish_interval": "200ms", "progress_interval": "50ms", "slots": 2,
                      "chunk_target": "10ms"}}, changes)


def searcher(**changes):
    """Evaluations that sleep, of candidates that differ: their scores say who won, and races drop
    the others, so that a lost or doubled evaluation shows in the answer."""
    return with_changes(sleeper(
        program={"sleep_mean": "10ms", "sleep_mistakes": 0.8},
        strategy={"candidates": 96}), changes)


def with_changes(job, changes):
    for section, keys in changes.items():
        name = section.replace("__", ".")
        job[name] = {**job.get(name, {}), **keys}
    return job
