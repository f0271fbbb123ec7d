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

import suites
import workshop

sys.path.append(str(workshop.ROOT / "tests" / "kafka"))  # Behind this folder, whose `product` is meant.

SUITES = ["foreign_test", "manners_test", "examples_test", "grpcurl_test"]


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
        result = suites.run(SUITES, args.patterns)
    suites.finish(result, missing.items())


if __name__ == "__main__":
    main()
