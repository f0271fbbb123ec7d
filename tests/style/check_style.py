#!/usr/bin/env python3
"""Checks what clang-format cannot: sizes, stray marks, headers, and that every source is listed in CMake.

Usage: check_style.py [--self-test]
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINE_MAX = 100
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
NOT_A_FUNCTION = re.compile(r"^ *(namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|try|case|})")
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def project_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def first_line_of_statement(lines, last):
    """Goes up from the line that opens a block to where its statement begins."""
    first = last
    while first > 0:
        before = lines[first - 1].strip()
        if not before or before.endswith((";", "{", "}", ":")) or before.startswith(("#", "//")):
            break
        first -= 1
    return first


def functions(lines):
    """Yields (first line, length) of each block that begins like a function and ends at its own indent."""
    end = -1
    for last, line in enumerate(lines):
        if last <= end or not line.endswith("{"):
            continue
        first = first_line_of_statement(lines, last)
        statement = lines[first]
        if "(" not in "".join(lines[first:last + 1]) or NOT_A_FUNCTION.match(statement):
            continue
        closing = " " * (len(statement) - len(statement.lstrip())) + "}"
        end = next((at for at in range(last + 1, len(lines)) if lines[at].startswith(closing)), len(lines))
        yield first + 1, end - first + 1


def check_cpp(path, text):
    lines = text.split("\n")
    if len(lines) - 1 > FILE_LINES_MAX:
        yield f"{path}: {len(lines) - 1} lines, {FILE_LINES_MAX} at most; does it hold one noun?"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX:
            yield f"{path}:{number}: {len(line)} characters, {LINE_MAX} at most"
        if "using namespace" in line and "literals" not in line:
            yield f"{path}:{number}: name what you use instead of `using namespace`"
    for first, length in functions(lines):
        if length > FUNCTION_LINES_MAX:
            yield f"{path}:{first}: a function of {length} lines, {FUNCTION_LINES_MAX} at most"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield f"{path}: no #pragma once"


def check_text(path, text):
    if path.suffix in {".md"} or path.name == pathlib.Path(__file__).name:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if MARKS.search(line):
            yield f"{path}:{number}: finish it or write an issue: {line.strip()[:60]}"
        if line != line.rstrip():
            yield f"{path}:{number}: blanks at the end of the line"


def check_listed(path, cmake_by_folder):
    """A .cc must be named in the CMakeLists.txt of its folder, of one above it, or, with its path, of another."""
    for folder, names in cmake_by_folder.items():
        if folder in path.parents and str(path.relative_to(folder)) in names:
            return
        if any(name.endswith("/" + path.name) for name in names):
            return
    yield f"{path}: not listed in any CMakeLists.txt, so it is not built"


def check_format(paths):
    if not paths:
        return
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", "--ferror-limit=1", *map(str, paths)],
                            capture_output=True, text=True)
    for line in result.stderr.split("\n"):
        if "error:" in line:
            yield line.split(" error:")[0] + " not formatted: ./dev fmt"


def check(paths):
    problems = []
    cmake = {path.parent: set(re.findall(r"[\w./-]+\.cc", path.read_text()))
             for path in paths if path.name == "CMakeLists.txt"}
    cpp = [path for path in paths if path.suffix in {".cc", ".h"}]
    for path in paths:
        if path.suffix not in {".cc", ".h", ".py", ".sh", ".proto", ".cmake", ".txt", ".yml"} and path.name != "dev":
            continue
        text = path.read_text()
        problems += check_text(path, text)
        if path in cpp:
            problems += check_cpp(path, text)
        if path.suffix == ".cc":
            problems += check_listed(path, cmake)
    problems += check_format(cpp)
    return problems


def self_test():
    """Each rule must be able to fail."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copy(ROOT / ".clang-format", folder)
        bad_header = folder / "bad.h"
        bad_header.write_text("int x; \nusing namespace std;\n// " + "TO" + "DO\n")
        bad_source = folder / "bad.cc"
        body = "  f();\n" * 80
        bad_source.write_text("void Long() {\n" + body + "}\n" + "// " + "x" * 120 + "\n" + "//\n" * 400)
        problems = "\n".join(check([bad_header, bad_source]))
    for expected in ["#pragma once", "using namespace", "finish it", "blanks at the end", "a function of 82 lines",
                     "123 characters", "lines, 400 at most", "not listed", "not formatted"]:
        if expected not in problems:
            sys.exit(f"self-test: the style check did not notice: {expected}\n{problems}")
    print("self-test: every rule can fail")


def main():
    if "--self-test" in sys.argv:
        self_test()
        return
    problems = check(project_files())
    print("\n".join(problem.replace(str(ROOT) + "/", "") for problem in problems) or "style: nothing to complain about")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
