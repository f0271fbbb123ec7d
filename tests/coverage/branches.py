"""Counts branches with gcov."""
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess

from written import how_many_are_written


def gcov(counts):
    """What gcov says of one object, as JSON."""
    output = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", counts.name],
                            cwd=counts.parent, check=True, capture_output=True).stdout
    return json.loads(output)


def decisions(of_line):
    """The branches of a line without those of exceptions: a call that may throw has one for its return and, after it,
    one for the exception."""
    kept = []
    for branch in of_line:
        if branch["throw"]:
            if kept and kept[-1]["fallthrough"]:
                kept.pop()
        else:
            kept.append(branch)
    return [branch["count"] for branch in kept]


def read(counts, wanted, root):
    """Of one object: (path, line, function, number of the branch, whether it was written) and how often it was taken."""
    found = []
    data = gcov(counts)
    for file in data["files"]:
        path = pathlib.Path(os.path.normpath(os.path.join(data["current_working_directory"], file["file"])))
        if not path.is_relative_to(root) or path.relative_to(root) not in wanted:
            continue
        path = path.relative_to(root)
        for line in file["lines"]:
            taken = decisions(line["branches"])
            if not taken:
                continue
            ours = how_many_are_written(root / path, line["line_number"], len(taken))
            # Instances of one template, in however many objects, are one; what they have in common is the shape.
            function = line.get("function_name", "") if path.suffix == ".cc" else len(taken)
            found += [((path, line["line_number"], function, number, number < ours), count)
                      for number, count in enumerate(taken)]
    return found


def count(folder, cores, root):
    """By core and path: how often each (line, function, number, whether it was written) was taken."""
    wanted = {path for paths in cores.values() for path in paths}
    objects = sorted(folder.rglob("*.gcda"))
    sums = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda counts: read(counts, wanted, root), objects):
            for key, taken in found:
                sums[key] += taken
    counted = {core: {} for core in cores}
    for (path, *branch), taken in sums.items():
        core = next(core for core, paths in cores.items() if path in paths)
        counted[core].setdefault(path, {})[tuple(branch)] = taken
    return counted


def totals(counts_of_files, everything):
    """How many branches there are and how many of them were taken: those that were written, or all."""
    taken = [count for counts in counts_of_files for (*_, ours), count in counts.items() if ours or everything]
    return len(taken), sum(1 for count in taken if count)


def missing(counts):
    """(line, what of it was written and never taken) of a file."""
    lines = collections.defaultdict(list)
    for (line, _, number, ours), taken in counts.items():
        if ours:
            lines[line].append((number, taken))
    for line, found in sorted(lines.items()):
        never = [str(number + 1) for number, taken in sorted(found) if not taken]
        if never:
            yield line, f"{len(never)} of {len(found)} never taken: {', '.join(never)}"
