#!/usr/bin/env python3
"""Runs everything that tests Parley with other people's clients, against the programs in build/release/bin.

Usage: run.py [--programs FOLDER] [--update-lists] [PATTERN…]

PATTERN names tests as unittest's -k does. Exits 0 when all passed, 1 when one failed, and 77 when none failed but some
were skipped because a package registry was out of reach.
"""
import argparse
import os
import pathlib
import sys
import unittest

import workshop

EXIT_SKIPPED = 77
SUITES = ["foreign_test", "manners_test", "examples_test", "grpcurl_test"]


def load(patterns):
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns]
    return loader.loadTestsFromNames(SUITES)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--programs", type=pathlib.Path, default=workshop.ROOT / "build" / "release" / "bin")
    parser.add_argument("--update-lists", action="store_true", help="rewrite what grpcurl is to see")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    args = parser.parse_args()
    if not (args.programs / "parley-standalone").exists():
        sys.exit(f"there is no {args.programs}/parley-standalone: ./dev build makes it")
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"
    missing = workshop.prepare()
    sys.path.insert(0, str(workshop.STUBS))

    from case import ClientsTest  # Needs the stubs.
    from product import Product
    with Product(args.programs.resolve(), workshop.FOLDER) as product:
        ClientsTest.product, ClientsTest.missing, ClientsTest.update_lists = product, missing, args.update_lists
        result = unittest.TextTestRunner(verbosity=2).run(load(args.patterns))
    for part, reason in missing.items():
        print(f"SKIPPED: {part}: {reason}")
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print(f"{result.testsRun - failed - skipped} tests passed, {failed} failed, {skipped} skipped")
    if failed or result.testsRun == 0:
        sys.exit(1)
    sys.exit(EXIT_SKIPPED if skipped else 0)


if __name__ == "__main__":
    main()
