"""Tells the branches that somebody wrote from those that the compiler adds to a line."""
import functools
import re

DECIDES = re.compile(r"\b(if|for|while|switch)\b|\?|&&|\|\|")
# A bug on purpose: there is none in what users run (services/common/plant.h).
PLANT = re.compile(r"\bif \(Planted\(")
SWITCH = re.compile(r"( *)(?:.*\W)?switch \(")
# What is in quotes or a comment decides nothing.
WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|//.*')


@functools.lru_cache(maxsize=None)
def lines_of(path):
    return [WORDS.sub("", line).rstrip() for line in path.read_text().split("\n")]


def ends_statement(line):
    return not line.strip() or line.endswith((";", "{", "}", ":"))


def statement(lines, at):
    """All lines of the statement that the line is part of."""
    first = last = at
    while first > 0 and not ends_statement(lines[first - 1]):
        first -= 1
    while last + 1 < len(lines) and not ends_statement(lines[last]):
        last += 1
    return " ".join(lines[first:last + 1])


def has_default(lines, at, indent):
    """Whether the switch that begins there names what to do with every other value."""
    for line in lines[at + 1:]:
        if line == indent + "}":
            return False
        if line.startswith((indent + " default:", indent + "  default:")):
            return True
    return False


def how_many_are_written(path, number, branches):
    """How many of the line's branches stand in the source; they come first."""
    lines = lines_of(path)
    text = statement(lines, number - 1)
    if not DECIDES.search(text) or PLANT.search(text):
        return 0
    switch = SWITCH.match(lines[number - 1])
    if switch and not has_default(lines, number - 1, switch.group(1)):
        return branches - 1  # The last is for a value that the enumeration does not have.
    return branches
