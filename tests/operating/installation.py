"""Kafka, and Parley's programs on it as separate processes, which a test starts, watches and ends."""
import pathlib
import subprocess
import sys
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "kafka"))
import ports  # noqa: E402
from cluster import Cluster  # noqa: E402
from product import Program, clean_environment  # noqa: E402

LOOPBACK = "127.0.0.1"
READY_SECONDS = 60
COMMAND_SECONDS = 60


def at(port):
    return f"{LOOPBACK}:{port}"


def value_in(text, series):
    """The sum over all series of a metrics page that begin so: a name, or a name with `{` and labels."""
    found = [line.rsplit(" ", 1)[1] for line in text.splitlines()
             if line.startswith((series + " ", series + "{")) or ("{" in series and line.startswith(series))]
    return sum(map(float, found))


class Service(Program):
    """One process of Parley; `address` is where it listens for its callers."""

    def __init__(self, kind, command, admin_port, port, log, environment):
        super().__init__(command, admin_port, log, environment)
        self._given = command, admin_port, log, environment
        self.kind = kind
        self.address = at(port)
        self.admin = at(admin_port)

    def page(self):
        """/metrics, or nothing when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def metric(self, series):
        return value_in(self.page(), series)

    def send(self, signal):
        self._process.send_signal(signal)

    def exit_code(self, seconds):
        return self._process.wait(seconds)

    def restart(self):
        """The same again, once it has ended; its log begins anew."""
        super().__init__(*self._given)

    def complaints(self):
        return self.events("warn", "error")


class Installation:
    """What it has started ends with it."""

    def __init__(self, programs, folder):
        self.programs = programs
        self.folder = folder
        self.cluster = Cluster(folder / "kafka")
        self.port = ports.free_ports(1)[0]  # Of the first broker, known before there is one.
        self.services = []

    def close(self):
        for service in self.services:
            service.kill()
        self.cluster.down()

    def up(self):
        """The broker alone."""
        self.cluster.up(1, self.port)

    @property
    def brokers(self):
        return at(self.port)

    def run(self, *arguments):
        """Runs `parley`."""
        return subprocess.run([str(self.programs / "parley"), *map(str, arguments)], env=clean_environment(),
                              capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)

    def make_topics(self, *options):
        made = self.run("topics", "ensure", f"--kafka-brokers={self.brokers}", *options)
        assert made.returncode == 0, f"topics ensure: {made}"

    def start(self, kind, name, *options, prefix=()):
        """A gateway, router or presence; `prefix` is a command that starts it in other circumstances."""
        self.folder.mkdir(parents=True, exist_ok=True)
        admin, port, link = ports.free_ports(3)
        command = [*prefix, str(self.programs / f"parley-{kind}"), f"--id={name}", f"--kafka-brokers={self.brokers}"]
        if kind != "router":
            command.append(f"--listen={at(port)}")
        if kind == "gateway":
            command.append(f"--link-listen={at(link)}")
        if kind != "presence":
            there = [one.address for one in self.services if one.kind == "presence" and one.running()]
            command.append("--presence=" + ",".join(there))
        service = Service(kind, [*command, *options], admin, port, self.folder / f"{name}.log", clean_environment())
        self.services.append(service)
        return service

    def start_others(self):
        """A presence replica and a router, ready."""
        for kind in ("presence", "router"):
            self.start(kind, f"{kind}-1").await_ready(READY_SECONDS)
