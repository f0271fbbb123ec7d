#!/usr/bin/env python3
"""Branch coverage of the three cores by the simulation and the unit tests. README.md beside this file explains it.

Usage: run.py [--seeds N] [--missing] [--build DIR] [--keep]
"""
import argparse
import os
import pathlib
import subprocess
import sys

import branches
import cores

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOAL_PERCENT = 90
SEEDS = 100
SIMULATION = "parley_sim"
UNIT_TESTS = ("gateway_session_test", "gateway_compat_test", "gateway_feed_test", "gateway_feed_walk_test",
              "gateway_presence_test", "presence_core_test", "router_core_test")
# Without optimization what the standard library inlines has branches of its own, which are not counted. What assert()
# states is no decision, so it is left out.
FLAGS = "-O0 -g1 --coverage -fprofile-update=atomic -DNDEBUG -Wno-error"


def say(text):
    print(f"==> {text}", flush=True)


def build(folder):
    say(f"building {folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder}")
    # The name of the file that counts is in the object, so ccache must not take one of another folder.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("CCACHE_BASEDIR", "CCACHE_NOHASHDIR")}
    subprocess.run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, "-DCMAKE_BUILD_TYPE=Coverage",
                    f"-DCMAKE_CXX_FLAGS_COVERAGE={FLAGS}", "-DCMAKE_EXE_LINKER_FLAGS=--coverage"],
                   check=True, stdout=subprocess.DEVNULL, env=environment)
    subprocess.run(["cmake", "--build", folder, "--target", SIMULATION, *UNIT_TESTS], check=True,
                   stdout=subprocess.DEVNULL, env=environment)


def run(folder, seeds):
    """A test that fails is told of, and what it ran counts."""
    for counts in folder.rglob("*.gcda"):
        counts.unlink()
    failed = []
    for command in [[SIMULATION, "--seeds", str(seeds)], *([name, "--gtest_brief=1"] for name in UNIT_TESTS)]:
        say(" ".join(command))
        if subprocess.run([folder / "bin" / command[0], *command[1:]], check=False).returncode != 0:
            failed.append(command[0])
    return failed


def report(counted, show_missing):
    """Prints a line for each folder and each core; returns the cores that miss the goal."""
    short = []
    print(f"\n{'':44}{'written':>10}{'taken':>8}{'':8}{'with the compiler':>24}")
    for core, files in counted.items():
        folders = {}
        for path in files:
            folders.setdefault(path.parent, []).append(path)
        for folder, paths in sorted(folders.items()):
            line(f"  {folder}", [files[path] for path in paths])
        percent = line(core, files.values())
        if percent < GOAL_PERCENT:
            short.append(core)
        for path in sorted(files) if show_missing else ():
            for number, text in branches.missing(files[path]):
                print(f"    {path}:{number}: {text}")
    return short


def line(name, counts_of_files):
    text, percents = f"{name:44}", []
    for everything in (False, True):
        total, taken = branches.totals(counts_of_files, everything)
        percents.append(100 * taken / total if total else 100)
        text += f"{total:10}{taken:8}{percents[-1]:7.1f}%"
    print(text)
    return percents[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of the simulation")
    parser.add_argument("--missing", action="store_true", help="name each branch that was never taken")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/coverage")
    parser.add_argument("--keep", action="store_true", help="only count again what the last run left")
    options = parser.parse_args()
    failed = []
    if not options.keep:
        build(options.build)
        failed = run(options.build, options.seeds)
    counted = branches.count(options.build, cores.sources(ROOT), ROOT)
    short = report(counted, options.missing)
    for name in failed:
        print(f"FAILED: {name}")
    print("\n" + (f"under {GOAL_PERCENT} %: {', '.join(short)}" if short else f"every core has {GOAL_PERCENT} %"))
    return 1 if short or failed else 0


if __name__ == "__main__":
    sys.exit(main())
