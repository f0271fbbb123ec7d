#!/usr/bin/env python3
"""A real Prometheus with the shipped rules beside a running installation: at rest, under load, and with faults.

Usage: run.py [--programs FOLDER] [--dir FOLDER] [--pictures]

Takes about ten minutes. README.md beside this file says what is shown. Exits 0 when all of it was so, 1 when something
was not, 77 when Prometheus or Kafka's jars cannot be had.
"""
import argparse
import contextlib
import json
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parent / "operating"))
sys.path.append(str(HERE.parent / "deploy"))
import installation  # noqa: E402  Knows the way to `jars` and `product`.
import jars  # noqa: E402
import tools  # noqa: E402  Knows the way to `workshop`.
import workshop  # noqa: E402

SKIPPED = 77
PICTURES = installation.ROOT / "docs" / "dashboards"


def have_tools():
    try:
        jars.fetch()
        workshop.PROGRAMS.mkdir(parents=True, exist_ok=True)
        workshop.once("deploy-promtool", [], tools.make_promtool)
        workshop.use_python_stubs()
    except (jars.JarsUnavailable, workshop.OutOfReach) as error:
        print(error)
        sys.exit(SKIPPED)


def draw(answers):
    subprocess.run([sys.executable, HERE / "pictures.py", answers, PICTURES], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--programs", type=pathlib.Path, default=installation.ROOT / "build" / "release" / "bin")
    parser.add_argument("--dir", type=pathlib.Path, default=installation.ROOT / "build" / "monitoring")
    parser.add_argument("--pictures", action="store_true", help=f"draw the dashboards into {PICTURES}")
    args = parser.parse_args()
    have_tools()
    from scenario import Scenario
    folder = workshop.fresh(args.dir.resolve() / time.strftime("%Y%m%d-%H%M%S"))
    answers = folder / "answers.json"
    with contextlib.closing(Scenario(args.programs.resolve(), folder)) as scenario:
        scenario.play()
        answers.write_text(json.dumps(scenario.told))
    if args.pictures:
        draw(answers)
    print(f"{scenario.passed} checks passed, {len(scenario.failed)} parts failed; the logs are in {folder}")
    sys.exit(1 if scenario.failed else 0)


if __name__ == "__main__":
    main()
