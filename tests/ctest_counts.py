#!/usr/bin/env python3
"""Says what a run of ctest left out, and last how many tests passed.

Usage: ctest_counts.py JUNIT_FILE (of ctest --output-junit)
"""
import sys
import xml.etree.ElementTree


def reason(case):
    """What the test said last."""
    lines = (case.findtext("system-out") or "").strip().splitlines()
    return lines[-1] if lines else "it does not say why"


def main():
    run = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
    for case in run.iter("testcase"):
        if case.find("skipped") is not None:
            print(f"SKIPPED: {case.get('name')}: {reason(case)}")
    total, failed, skipped = (int(run.get(name)) for name in ("tests", "failures", "skipped"))
    print(f"{total - failed - skipped}/{total} passed")


if __name__ == "__main__":
    main()
