#!/usr/bin/env python3
"""Judges what Parley is installed and watched with: the chart, the rules, the dashboards, the image's and Compose's files.

Usage: run.py [--programs FOLDER] [--write-render] [PATTERN…]

PATTERN names tests as unittest's -k does. Exits 0 when all passed, 1 when one failed, and 77 when none failed but some
were skipped because a tool could not be had here.
"""
import argparse
import pathlib
import sys
import unittest

import tools
from case import DeployTest

EXIT_SKIPPED = 77
SUITES = ["chart_test", "values_test", "rules_test", "metrics_test", "compose_test", "image_test", "docs_test"]


def load(patterns):
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns]
    return loader.loadTestsFromNames(SUITES)


def count(outcomes):
    """Of tests: one may have several, of its parts."""
    return len({getattr(test, "test_case", test).id() for test, _ in outcomes})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--programs", type=pathlib.Path, default=tools.ROOT / "build" / "release" / "bin")
    parser.add_argument("--write-render", action="store_true", help="write k8s/parley.yaml instead of testing")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    args = parser.parse_args()
    missing = tools.prepare()
    if args.write_render:
        if missing:
            sys.exit("; ".join(missing.values()))
        tools.RENDER.write_text(tools.render_of_defaults())
        return
    DeployTest.programs, DeployTest.missing = args.programs.resolve(), missing
    result = unittest.TextTestRunner(verbosity=2).run(load(args.patterns))
    for part, reason in missing.items():
        print(f"SKIPPED: {part}: {reason}")
    failed, skipped = count(result.failures + result.errors), count(result.skipped)
    print(f"{result.testsRun - failed - skipped} tests passed, {failed} failed, {skipped} skipped")
    if failed or result.testsRun == 0:
        sys.exit(1)
    sys.exit(EXIT_SKIPPED if skipped else 0)


if __name__ == "__main__":
    main()
