#!/usr/bin/env python3
"""Checks that the preloaded library wraps every function of the MPI library that does work, under
both of its names, and exports nothing else.

usage: check_wrappers.py <preloaded library> <MPI library>"""

import re
import subprocess
import sys

# Not wrapped: conversions of handles, clocks, arithmetic on addresses, predefined callbacks,
# MPI_Pcontrol, whose arguments are unknown, and what MPI 3 removed (the header hides it; none of it
# communicates). MPI_T_ is another interface.
NOT_WRAPPED = re.compile(r"P?MPI_(T_\w+|\w+_(c2f|f2c)|\w+f082\w*|\w+2f08|\w+_F90|Wtime|Wtick"
                         r"|Pcontrol|Aint_(add|diff)|\w*(DUP|NULL|COPY|DELETE)\w*FN\w*"
                         r"|CONVERSION_FN_NULL|Address|Errhandler_(create|get|set)"
                         r"|Type_(extent|hindexed|hvector|lb|struct|ub))")


def functions_of(library):
    lines = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return {line.split()[2] for line in lines if line.split()[1] in "TW"}


def main():
    exported, wanted = (functions_of(library) for library in sys.argv[1:])
    wanted = {name for name in wanted
              if re.fullmatch(r"P?MPI_[A-Z]\w*", name) and not NOT_WRAPPED.fullmatch(name)}
    problems = [f"not wrapped: {name}" for name in sorted(wanted - exported)]
    problems += [f"exported: {name}" for name in sorted(exported)
                 if not re.fullmatch(r"P?MPI_\w+", name)]
    print("\n".join(problems) or f"{len(exported)} wrappers for {len(wanted)} functions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
