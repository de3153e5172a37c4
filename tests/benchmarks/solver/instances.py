"""Satisfiability problems of three families, in DIMACS form, each a function of its number.

* `sat3`: random 3-SAT at the threshold (4.26 clauses a variable).
* `colouring`: is a random graph 4-colourable? Near the threshold, too, with the symmetry that
  random formulas lack.
* `factoring`: the factors of a product of two primes of 13 bits, by a multiplier circuit (the
  schoolbook one: rows of full adders): structure, and always a solution.
"""

import random

VARIABLES, CLAUSES = 150, 639
VERTICES, EDGES, COLOURS = 60, 258, 4
BITS = 13


def sat3(number):
    chance = random.Random(f"sat3 {number}")
    return [[variable if chance.random() < 0.5 else -variable
             for variable in chance.sample(range(1, VARIABLES + 1), 3)] for _ in range(CLAUSES)]


def colouring(number):
    chance = random.Random(f"colouring {number}")
    edges = set()
    while len(edges) < EDGES:
        edges.add(tuple(sorted(chance.sample(range(VERTICES), 2))))

    def variable(vertex, colour):
        return vertex * COLOURS + colour + 1

    return ([[variable(vertex, colour) for colour in range(COLOURS)] for vertex in range(VERTICES)]
            + [[-variable(a, colour), -variable(b, colour)]
               for a, b in sorted(edges) for colour in range(COLOURS)])


class Circuit:
    """Gates as clauses (Tseitin 1968): each has a variable for its output."""

    def __init__(self):
        self.clauses = []
        self.variables = 0

    def input(self):
        self.variables += 1
        return self.variables

    def both(self, a, b):
        out = self.input()
        self.clauses += [[-a, -b, out], [a, -out], [b, -out]]
        return out

    def either(self, a, b):
        return -self.both(-a, -b)

    def differ(self, a, b):
        out = self.input()
        self.clauses += [[-a, -b, -out], [a, b, -out], [a, -b, out], [-a, b, out]]
        return out

    def product(self, left, right):
        """The bits of left * right, the lowest first."""
        zero = self.input()
        self.clauses.append([-zero])
        total = [zero] * (len(left) + len(right))
        for shift, bit in enumerate(right):
            carry = zero
            for place, other in enumerate(left, start=shift):
                term = self.both(other, bit)
                half = self.differ(total[place], term)
                overflow = self.either(self.both(total[place], term), self.both(half, carry))
                total[place] = self.differ(half, carry)
                carry = overflow
            total[shift + len(left)] = carry
        return total


def is_prime(number):
    return all(number % divisor for divisor in range(2, int(number ** 0.5) + 1))


def factoring(number):
    chance = random.Random(f"factoring {number}")
    primes = [it for it in range(2 ** (BITS - 1), 2 ** BITS) if is_prime(it)]
    wanted = chance.choice(primes) * chance.choice(primes)
    circuit = Circuit()
    factors = [[circuit.input() for _ in range(BITS)] for _ in range(2)]
    bits = circuit.product(*factors)
    return (circuit.clauses + [[bit if wanted >> place & 1 else -bit]
                               for place, bit in enumerate(bits)])


FAMILIES = {"sat3": sat3, "colouring": colouring, "factoring": factoring}


def write(folder, family, numbers):
    """Writes these instances; returns their paths."""
    paths = []
    for number in numbers:
        clauses = FAMILIES[family](number)
        variables = max(abs(literal) for clause in clauses for literal in clause)
        lines = [f"p cnf {variables} {len(clauses)}",
                 *(" ".join(map(str, [*clause, 0])) for clause in clauses)]
        paths.append(folder / f"{family}-{number}.cnf")
        paths[-1].write_text("\n".join(lines) + "\n", encoding="ascii")
    return paths
