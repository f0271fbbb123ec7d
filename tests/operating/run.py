#!/usr/bin/env python3
"""Starts and ends Parley's programs as operators do, rightly and wrongly, on a real broker.

Usage: run.py [--programs FOLDER] [--dir FOLDER] [PATTERN…]

PATTERN names tests as unittest's -k does. Exits 0 when all passed, 1 when one failed, and 77 when none failed but some
were skipped, or when Kafka's jars cannot be had.
"""
import argparse
import pathlib
import sys

import installation  # Knows the way to `jars`.
import jars

sys.path.append(str(installation.ROOT / "tests" / "clients"))  # Behind this folder, whose `case` is meant.
import suites  # noqa: E402
import workshop  # noqa: E402

SUITES = ["topics_test", "start_test", "drain_test"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--programs", type=pathlib.Path, default=installation.ROOT / "build" / "release" / "bin")
    parser.add_argument("--dir", type=pathlib.Path, default=installation.ROOT / "build" / "operating",
                        help="for logs and Kafka")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    args = parser.parse_args()
    try:
        jars.fetch()
    except jars.JarsUnavailable as error:
        print(error)
        sys.exit(suites.EXIT_SKIPPED)
    workshop.use_python_stubs()
    from case import OperatingTest
    OperatingTest.programs, OperatingTest.folder = args.programs.resolve(), args.dir.resolve()
    result = suites.run(SUITES, args.patterns)
    suites.finish(result, result.skipped)


if __name__ == "__main__":
    main()
