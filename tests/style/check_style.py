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
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def project_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def functions(lines):
    """Yields (first line, length) of each block that begins like a function and ends at its own indent."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None:
            opens = re.match(r"^( *)\S.*[)\w&*>] ?(const |noexcept |override |final )*\{$", line)
            kind = re.match(r"^ *(namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|try|case|}|TEST)", line)
            if opens and "(" in "".join(lines[max(0, number - 6):number]) and not kind:
                start = (number, len(opens.group(1)))
        elif line.startswith(" " * start[1] + "}") and not line.startswith(" " * (start[1] + 1)):
            yield start[0], number - start[0] + 1
            start = None


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
    """A .cc must be named in the CMakeLists.txt of its folder or of one above it."""
    for folder in path.parents:
        names = cmake_by_folder.get(folder)
        if names is not None and str(path.relative_to(folder)) in names:
            return
    yield f"{path}: not listed in any CMakeLists.txt above it, so it is not built"


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
