"""The shipped rules with every duration divided, so that what takes hours in production takes minutes in a test.

What is changed: the window of each range (`[5m]`), each `offset`, each `for`. What is not: thresholds, labels, and
everything else. With a scrape and an evaluation each second a window holds as many samples as in production within a
factor: 5 m of one each 15 s are 20, 15 s of one each second are 15.
"""
import re

SPEED = 20
MILLISECONDS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
DURATION = re.compile(r"(\[|\boffset |\bfor: )(\d+)([smhd])\b")


def scaled(rules):
    def shorter(found):
        before, number, unit = found.groups()
        return f"{before}{int(number) * MILLISECONDS[unit] // SPEED}ms"
    return DURATION.sub(shorter, rules)


def seconds(duration):
    """What a duration of the shipped rules takes here."""
    return int(duration[:-1]) * MILLISECONDS[duration[-1]] / SPEED / 1000
