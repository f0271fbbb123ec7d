"""Parley under test: one process with several gateways, and gateways in processes of their own beside it."""
import http.client
import json
import pathlib
import signal
import subprocess

from waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS = 60
GATEWAYS = 3
FREE = "127.0.0.1:0"


class Product:
    """Runs while it exists as a context: `with Product(...) as product`."""

    def __init__(self, programs, folder):
        self.programs = programs
        self.folder = folder
        self.gateways = []  # Addresses for clients.
        self._extra = []
        self._numbers = iter(range(1, 1000))

    def __enter__(self):
        endpoints = self.folder / "endpoints.json"
        endpoints.unlink(missing_ok=True)
        log = open(self.folder / "standalone.log", "wb")
        self._process = subprocess.Popen(
            [self.programs / "parley-standalone", "--gateways", str(GATEWAYS), "--routers", "2",
             f"--listen={FREE}", f"--link-listen={FREE}", f"--presence-listen={FREE}", f"--admin-listen={FREE}",
             "--outbox-bytes-max=256KiB", f"--print-endpoints={endpoints}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            await_start(self._process, log.name, endpoints.exists)
        except BaseException:
            self._process.kill()
            raise
        told = json.loads(endpoints.read_text())
        self.gateways = [gateway["grpc"] for gateway in told["gateways"]]
        self._admins = [service["admin"] for kind in ("gateways", "routers") for service in told[kind]]
        self._broker = told["broker"]
        self._presence = told["presences"][0]["grpc"]
        return self

    def __exit__(self, *error):
        for gateway in self._extra:
            gateway.kill()
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(READY_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        assert code == 0, f"parley-standalone ended with {code}: see {self.folder}/standalone.log"

    def start_gateway(self, *options):
        name = f"gateway-of-its-own-{next(self._numbers)}"
        command = [self.programs / "parley-gateway", "--id", name, f"--listen={FREE}", f"--link-listen={FREE}",
                   f"--admin-listen={FREE}", "--kafka-brokers", self._broker, "--presence", self._presence, *options]
        gateway = Gateway(command, self.folder / f"{name}.log")
        self._extra.append(gateway)
        gateway.wait_until_ready()
        return gateway

    def metric(self, name):
        """The sum of a metric over all the gateways and routers of the one process."""
        return sum(read_metric(admin, name) for admin in self._admins)


class Gateway:
    """A gateway that can be lost on its own."""

    def __init__(self, command, log):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        self.address = self._admin = None

    def wait_until_ready(self):
        await_start(self.process, self.log, self._is_ready)

    def _is_ready(self):
        for line in self.log.read_text().splitlines():
            event = json.loads(line)
            if event["msg"] == "gateway started":
                self.address, self._admin = event["grpc"], event["admin"]
        if not self._admin:
            return False
        try:
            return get(self._admin, "/readyz") is not None
        except OSError:
            return False

    def metric(self, name):
        return read_metric(self._admin, name)

    def terminate(self):
        self.process.terminate()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def await_start(process, log, is_ready):
    what = f"{process.args[0]} is ready: see {log}"
    wait_until(what, READY_SECONDS, lambda: process.poll() is not None or is_ready())
    assert process.poll() is None, f"never: {what}"


def get(address, path):
    """Returns the body, or None when the answer is not 200."""
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        return body if answer.status == 200 else None
    finally:
        connection.close()


def read_metric(admin, name):
    lines = get(admin, "/metrics").splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((name + " ", name + "{")))
