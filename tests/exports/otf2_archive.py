"""An OTF2 archive as its own readers see it: otf2-print, and the Python module of OTF2."""
import collections
import re
import subprocess

import otf2

NO_ROOT = 0xFFFFFFFF

Message = collections.namedtuple("Message", "source target tag bytes")
Collective = collections.namedtuple("Collective", "function members root sent received rank")


def name_of(value):
    return str(value).rsplit(".", 1)[-1]


class Archive:
    """All that is in it; whoever reads it has checked that each location is in order."""

    def __init__(self, folder):
        self.anchor = str(folder / "traces.otf2")
        self.calls = collections.Counter()
        self.unfinished = collections.Counter()
        self.sends = collections.Counter()
        self.receives = collections.Counter()
        self.collectives = []
        self.kinds = collections.Counter()
        self.requests = collections.defaultdict(list)
        self.spans = []
        self.metrics = []
        self.parameters = []
        with otf2.reader.open(self.anchor) as trace:
            definitions = trace.definitions
            self.clock = definitions.clock_properties
            self.regions = {it.name: it for it in definitions.regions}
            self.comms = list(definitions.comms)
            self.members = [self.ranks_of(it) for it in self.comms]
            self.locations = list(definitions.locations)
            self.numbers = {it.name: it._ref for it in definitions.location_groups}
            self.hosts = {it.name: it.system_tree_parent.name for it in definitions.location_groups}
            self.read(trace)

    @staticmethod
    def rank_of(location):
        found = re.fullmatch(r"rank (\d+)( \(not recorded\))?", location.group.name)
        return int(found[1]) if found else -1

    def ranks_of(self, comm):
        return tuple(self.rank_of(it) for it in comm.group.members)

    def read(self, trace):
        stacks = collections.defaultdict(list)
        times = collections.defaultdict(int)
        counts = collections.Counter()
        for location, event in trace.events:
            kind = type(event).__name__
            assert event.time >= times[location], "events are not in the order of time"
            times[location] = event.time
            counts[location] += 1
            self.kinds[kind] += 1
            self.take(location, kind, event, stacks[location])
        assert not any(stacks.values()), "calls that were not left"
        for location in self.locations:
            assert location.number_of_events == counts[location], location
        assert max(times.values(), default=0) <= self.clock.trace_length

    def take(self, location, kind, event, stack):
        rank = self.rank_of(location)
        if kind == "Enter":
            stack.append(event)
            self.calls[event.region.name] += 1
        elif kind == "Leave":
            entered = stack.pop()
            assert entered.region is event.region, "calls are not nested"
            self.spans.append((event.region.name, entered.time, event.time))
            if event.attributes:
                assert {it.name: value for it, value in event.attributes.items()} == {
                    "unfinished": 1}
                self.unfinished[event.region.name] += 1
        elif kind in ("MpiSend", "MpiIsend"):
            target = self.rank_of(event.communicator.location(event.receiver))
            self.sends[Message(rank, target, event.msg_tag, event.msg_length)] += 1
        elif kind in ("MpiRecv", "MpiIrecv"):
            source = self.rank_of(event.communicator.location(event.sender))
            self.receives[Message(source, rank, event.msg_tag, event.msg_length)] += 1
        elif kind in ("MpiCollectiveEnd", "NonBlockingCollectiveComplete"):
            members = self.ranks_of(event.communicator)
            root = None if event.root == NO_ROOT else members[event.root]
            self.collectives.append(Collective(name_of(event.collective_op), members, root,
                                               event.size_sent, event.size_received, rank))
        elif kind == "Metric":
            self.metrics.append((event.member.name, event.value))
        elif kind == "ParameterString":
            self.parameters.append((event.parameter.name, event.string))
        if hasattr(event, "request_id"):
            self.requests[rank, event.request_id].append(kind)


def print_kinds(folder):
    """How often otf2-print shows each kind of event; it must have nothing to complain about."""
    done = subprocess.run(["otf2-print", "--warnings-as-errors", str(folder / "traces.otf2")],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert "ERROR" not in done.stdout and "INVALID" not in done.stdout
    return collections.Counter(re.findall(r"^([A-Z_]+) +\d+ +\d+ ", done.stdout, re.MULTILINE))
