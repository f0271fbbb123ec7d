"""What the suites share."""
import pathlib
import unittest

from installation import Installation
from waiting import wait_until


class OperatingTest(unittest.TestCase):
    """Each class has an installation of its own: a broker, and services on it."""

    programs = folder = pathlib.Path()  # Set before the suites run.
    with_kafka = True  # Topics, a router and a presence replica are there before the first test.

    @classmethod
    def setUpClass(cls):
        cls.installation = Installation(cls.programs, cls.folder / cls.__name__)
        cls.addClassCleanup(cls.installation.close)
        if cls.with_kafka:
            cls.installation.up()
            cls.installation.make_topics()
            cls.installation.start_others()

    def eventually(self, condition, what, seconds=60):
        return wait_until(what, seconds, condition)

    def start(self, kind, name, *options, prefix=()):
        service = self.installation.start(kind, name, *options, prefix=prefix)
        self.addCleanup(service.kill)
        return service
