"""Runs suites of unittest, and ends as ./dev test expects it of a suite."""
import sys
import unittest

EXIT_SKIPPED = 77


class Result(unittest.TextTestResult):
    """Counts what passed: what failed, or was skipped, need not be a test, but may be what prepares a class of them."""

    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def run(names, patterns):
    """The tests of these modules; with patterns those whose names hold one, as unittest's -k."""
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns]
    return unittest.TextTestRunner(verbosity=2, resultclass=Result).run(loader.loadTestsFromNames(names))


def finish(result, skipped_parts):
    """Says what was left out and why, and last the counts; exits 0, 1 or 77."""
    for part, reason in skipped_parts:
        print(f"SKIPPED: {part}: {reason}")
    failed, skipped = _count(result.failures + result.errors), _count(result.skipped)
    print(f"{result.passed} tests passed, {failed} failed, {skipped} skipped")
    if failed or not (result.passed or skipped):
        sys.exit(1)
    sys.exit(EXIT_SKIPPED if skipped else 0)


def _count(outcomes):
    """Of tests: one may have several, of its parts."""
    return len({getattr(test, "test_case", test).id() for test, _ in outcomes})
