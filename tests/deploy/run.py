#!/usr/bin/env python3
"""Judges what Parley is installed and watched with: the chart, the rules, the dashboards, the image's and Compose's files.

Usage: run.py [--programs FOLDER] [--write-render | --on api-server|docker|cluster] [PATTERN…]

PATTERN names tests as unittest's -k does. Exits 0 when all passed, 1 when one failed, and 77 when none failed but some
were skipped because a tool could not be had here.
"""
import argparse
import pathlib
import sys

import namespaces
import tools  # Knows the way to `suites`.
import suites
import node_images
from case import DeployTest

SUITES = ["chart_test", "workload_test", "values_test", "rules_test", "metrics_test", "compose_test", "image_test",
          "docs_test"]
# By hand: the tools that they need, and the suites.
BY_HAND = {"api-server": (["helm", "kubernetes"], ["api_server_test"]),
           "docker": ([], ["docker_image_test", "docker_compose_test"]),
           "cluster": (["helm", "kubernetes", "node"], ["cluster_test"])}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--programs", type=pathlib.Path, default=tools.ROOT / "build" / "release" / "bin")
    parser.add_argument("--write-render", action="store_true", help="write k8s/parley.yaml instead of testing")
    parser.add_argument("--on", choices=BY_HAND, help="test on the real one instead")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    args = parser.parse_args()
    needed, chosen = BY_HAND.get(args.on, (["helm", "promtool"], SUITES))
    missing = tools.prepare(needed)
    if args.write_render:
        if missing:
            sys.exit("; ".join(missing.values()))
        tools.RENDER.write_text(tools.render_of_defaults())
        return
    if args.on == "cluster" and not missing and not namespaces.is_inside():
        node_images.make(args.programs.resolve())  # In there no registry is in reach.
        sys.exit(namespaces.run_inside())
    DeployTest.programs, DeployTest.missing = args.programs.resolve(), missing
    result = suites.run(chosen, args.patterns)
    suites.finish(result, missing.items())


if __name__ == "__main__":
    main()
