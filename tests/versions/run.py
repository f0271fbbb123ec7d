#!/usr/bin/env python3
"""Yesterday's programs beside today's: mixed clusters, and an upgrade of one process after the other while people talk.

Usage: run.py [--bin DIR] [--commit REV]
"""
import argparse
import contextlib
import pathlib
import subprocess
import sys
import time

import yesterday
from deployment import KINDS, REPLICAS, Chat, Deployment, clean_environment
import jars  # In tests/kafka, which `deployment` has found; so is the next.
from cluster import Cluster

SKIPPED = 77
MESSAGES = 15  # Of each sender, in each state.
MIXTURES = {
    "an old router with new gateways": {"router": "old"},
    "old gateways with new routers": {"gateway": "old"},
    "old presence with all else new": {"presence": "old"},
}


class Versions:
    def __init__(self, programs, old, folder):
        self._parley = programs / "parley"
        self._ages = (old, programs)
        self._folder = folder
        self._brokers = ""
        self.passed = 0

    def make_topics(self, brokers):
        self._brokers = brokers
        subprocess.run([self._parley, "topics", "ensure", f"--kafka-brokers={brokers}"], check=True,
                       stdout=subprocess.DEVNULL, env=clean_environment())

    def check(self, what, ages, change=lambda deployment, chat: None):
        """Runs a cluster whose kinds are of these ages, changes it, and judges what people were shown."""
        began = time.monotonic()
        name = what.replace(" ", "-")
        deployment = Deployment(self._folder / name, self._brokers, *self._ages)
        with contextlib.ExitStack() as last:
            last.callback(deployment.kill)
            deployment.up({kind: "new" for kind in KINDS} | ages)
            chat = Chat(self._parley, name, deployment.gateways, deployment.folder)
            last.callback(chat.kill)
            chat.await_more(MESSAGES)
            change(deployment, chat)
            messages = chat.finish()
            deployment.down()
        self.passed += 1
        print(f"ok  {what}: {messages} messages, {time.monotonic() - began:.1f} s", flush=True)

    def run(self):
        for what, ages in MIXTURES.items():
            self.check(what, ages)
        self.check("one process after the other is replaced by a new one", {kind: "old" for kind in KINDS}, upgrade)


def upgrade(deployment, chat):
    for kind in KINDS:
        for number in range(REPLICAS):
            deployment.replace(kind, number, "new")
            chat.await_more(1)
    chat.await_more(MESSAGES)


def skip(why):
    print(f"SKIPPED: {why}")
    return SKIPPED


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=yesterday.ROOT / "build/release/bin",
                        help="where today's programs are")
    parser.add_argument("--commit", help="what is yesterday; by default the state before the services' newest change")
    options = parser.parse_args()
    try:
        commit = options.commit or yesterday.find()
    except yesterday.NoHistory:
        return skip("yesterday's programs: the clone has no history")
    cluster = Cluster(yesterday.ROOT / "build/kafka/versions")
    try:
        jars.fetch()
    except jars.JarsUnavailable as reason:
        return skip(f"yesterday's programs: {reason}")
    began = time.monotonic()
    old = yesterday.build(commit)
    print(f"yesterday is {yesterday.git('log', '-1', '--format=%h %s', commit)}, built in "
          f"{time.monotonic() - began:.0f} s", flush=True)
    versions = Versions(options.bin.resolve(), old, yesterday.FOLDER / "logs")
    cluster.down()
    try:
        cluster.up(1)
        versions.make_topics(cluster.brokers())
        versions.run()
    except (AssertionError, RuntimeError, subprocess.SubprocessError) as error:
        print(f"FAILED: {error}; the logs are in {yesterday.FOLDER / 'logs'}")
        return 1
    finally:
        cluster.down()
    print(f"{versions.passed} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
