#!/usr/bin/env python3
"""Plants bugs, one after the other, and sees that the tests catch each of them within ten seeds.

  plants.py --sim --programs build/release/bin       the simulation: a moment
  plants.py --chaos --programs build/release/bin     real processes: about a minute a run

The seeds that were needed are then run without a bug, and must pass. Exit code 1: a bug was not caught, or something
failed without one.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

SEEDS = 10
# Those of chaos that move partitions and clients: of the others a run of a minute has no time.
FAULTS = ["router-kill", "router-stop", "router-restart", "gateway-kill", "leader-kill", "link-deaf"]
# A bug that shows only when one thing follows another needs more of just these.
FAULTS_FOR = {"accept-stale-serve": ["router-restart", "gateway-kill", "link-deaf"]}

# What is broken, and where.
BUGS = {
    "drop-record": "the gateway loses a record behind its check",
    "swap-neighbours": "two events that wait for a session change places",
    "ack-early": "a publish is acked before Kafka has reported on it",
    "lose-frame,skip-cursor-check": "the cursor check is skipped, and a router gives it something to find",
    "accept-stale-serve": "a gateway takes a partition from an older serve",
    "cursor-too-far": "a gateway's cursor advances one record too far",
    "skip-look-back": "a router does not read back before it serves",
    "join-early": "a join is answered before a router has confirmed it",
}
# What the product must survive: the router's mistake alone, against which the cursor check stands.
GUARDED = {
    "": "no bug",
    "lose-frame": "lose-frame: a router loses frames; the cursor check finds every one",
}


def planted(names):
    return {**os.environ, "PARLEY_PLANT": names}


def released_without_plants(programs):
    """The switch is in the planted programs, and no trace of it in those that users run."""
    good = True
    for program in ("parley-gateway", "parley-router"):
        for path, expected in ((programs / "planted" / program, True), (programs / program, False)):
            if (b"PARLEY_PLANT" in path.read_bytes()) != expected:
                print(f"FAILS     {path} {'has no' if expected else 'has a'} switch for planted bugs")
                good = False
    return good


def last_line(output):
    lines = output.strip().splitlines()
    return lines[-1] if lines else "(it said nothing)"


def first_violation(output):
    """Harnesses indent them by two blanks."""
    violations = [line.strip() for line in output.splitlines() if re.match(r"  \S", line)]
    return violations[0] if violations else last_line(output)


def run_simulation(programs, names, seed):
    """True when the seed passes, and what was said."""
    done = subprocess.run([programs / "planted" / "parley_sim", "--seed", str(seed)], env=planted(names),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, first_violation(done.stdout)


def run_chaos(programs, names, seed):
    # Many channels, so that one is often new to a gateway.
    command = ["./dev", "chaos", "--seed", str(seed), "--seconds", "60", "--channels", "300",
               "--faults", ",".join(FAULTS_FOR.get(names, FAULTS)), "--programs", programs / "planted"]
    done = subprocess.run(command, env=planted(names), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, first_violation(done.stdout)


def caught_at(run, programs, names, seeds):
    """The first seed that fails, and why; nothing when all pass."""
    for seed in seeds:
        passed, said = run(programs, names, seed)
        if not passed:
            return seed, said
    return None


def survives(run, programs, names, what, seeds):
    caught = caught_at(run, programs, names, seeds)
    if caught is None:
        print(f"passes    {what}: seeds 1 to {seeds[-1]}", flush=True)
    else:
        print(f"FAILS     {what}: seed {caught[0]}: {caught[1]}", flush=True)
    return caught is None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    harness = parser.add_mutually_exclusive_group(required=True)
    harness.add_argument("--sim", dest="run", action="store_const", const=run_simulation)
    harness.add_argument("--chaos", dest="run", action="store_const", const=run_chaos)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--only", metavar="BUG", help="this one alone")
    options = parser.parse_args()
    programs = options.programs.resolve()

    bugs = {names: what for names, what in BUGS.items() if options.only in (None, names)}
    good = released_without_plants(programs)
    last = 1
    for names, what in bugs.items():
        caught = caught_at(options.run, programs, names, range(1, SEEDS + 1))
        if caught is None:
            print(f"UNNOTICED {names}: {what}: {SEEDS} seeds pass", flush=True)
            good = False
        else:
            print(f"caught    {names}: seed {caught[0]}: {caught[1]}", flush=True)
            last = max(last, caught[0])
    # It is the bugs that fail: without them the same seeds pass.
    for names, what in GUARDED.items():
        good = survives(options.run, programs, names, what, range(1, last + 1)) and good
    print(f"{len(bugs)} bugs planted: " + ("all caught" if good else "see above"))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
