"""Parley's programs as a test runs them: separate processes on free ports of loopback, with their logs in files."""
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request

from waiting import wait_until

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def clean_environment(**ours):
    """The environment without variables that configure Parley, but for `ours`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return kept | ours


class Program:
    """A service that runs until `end`."""

    def __init__(self, command, admin_port, log, environment):
        self.name = log.stem
        self.log = log
        self.admin_port = admin_port
        command = [*command, f"--admin-listen=127.0.0.1:{admin_port}", "--log-format=json"]
        with open(log, "wb") as out:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                             env=environment)

    def readiness(self):
        """Status and text of /readyz; the status is 0 while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/readyz", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()
        except OSError:
            return 0, ""

    def await_ready(self, seconds):
        wait_until(lambda: f"{self.name} is ready; it says {self.readiness()} and has logged\n{self.log.read_text()}",
                   seconds, lambda: self.readiness()[0] == 200)

    def await_not_ready(self, reason, seconds):
        def says_why():
            status, text = self.readiness()
            return status == 503 and reason in text
        wait_until(lambda: f"/readyz of {self.name} says {reason!r}, but {self.readiness()}", seconds, says_why)

    def events(self, *levels):
        """What it has logged at these levels."""
        # What does not begin so is meant for people.
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{\"time\"")]
        return [event for event in map(json.loads, lines) if event["level"] in levels]

    def cpu_seconds(self):
        with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def running(self):
        return self._process.poll() is None

    def end(self, seconds):
        """Asks it to end; returns its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(seconds)

    def kill(self):
        if self.running():
            self._process.kill()
            self._process.wait()
