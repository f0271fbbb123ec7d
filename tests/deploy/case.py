"""What the suites share."""
import pathlib
import unittest

import yaml

import tools


class DeployTest(unittest.TestCase):
    programs = pathlib.Path()  # Set before the suites run, as is
    missing = {}  # what could not be had, as reasons by name.
    maxDiff = None

    def need(self, tool):
        if tool in self.missing:
            self.skipTest(f"{tool}: {self.missing[tool]}")

    def render(self, *arguments):
        """What the chart makes of these arguments, as text."""
        self.need("helm")
        done = tools.helm_template(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def objects(self, *arguments):
        """The same, as objects by kind and name."""
        documents = yaml.safe_load_all(self.render(*arguments))
        return {(one["kind"], one["metadata"]["name"]): one for one in documents if one}


def values_files():
    return sorted((tools.CHART / "ci").glob("*.yaml"))


def pod_of(one):
    """The pod that an object is or makes, or None."""
    if one["kind"] == "Pod":
        return one
    return one.get("spec", {}).get("template")
