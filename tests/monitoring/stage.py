"""Parley as a small installation has it: one broker, three gateways, two routers, two presence replicas, a probe."""
import subprocess

import ports
from installation import READY_SECONDS, Installation, at, clean_environment
from waiting import wait_until

GATEWAYS, ROUTERS, PRESENCES = 3, 2, 2
PARTITIONS = 4
# Of a session: small, so that one client reaches them.
LIMITS = {"channels": 8, "publishes": 4, "reads": 1}
SMALL_SESSIONS_MAX = 100  # Of the first gateway.
# A drain that gives sessions no time: all of them are closed, and counted until the flush is over.
HASTY_DRAIN = ["--drain-announce=500ms", "--drain-window=0s", "--drain-linger=0s", "--drain-flush=4s"]
SMALL = [f"--session-{name}-max={limit}" for name, limit in LIMITS.items()] + [
    "--hello-timeout=1s", "--attach-deadline=2s", "--outbox-bytes-max=256KiB", "--recent-bytes=1MiB"]


class Stage(Installation):
    def raise_curtain(self):
        self.up()
        self.make_topics(f"--partitions={PARTITIONS}")
        # All of them know all of presence.
        self.presence = [self.start("presence", f"presence-{number + 1}") for number in range(PRESENCES)]
        self.routers = [self.start("router", f"router-{number + 1}") for number in range(ROUTERS)]
        self.gateways = [self.start("gateway", f"gateway-{number + 1}", *SMALL, *HASTY_DRAIN,
                                    *([f"--sessions-max={SMALL_SESSIONS_MAX}"] if number == 0 else []))
                         for number in range(GATEWAYS)]
        for service in self.services:
            service.await_ready(READY_SECONDS)
        self._start_probe()
        # What comes from librdkafka's statistics is there after their first interval.
        for service in self.services:
            wait_until(f"{service.name} shows that it has a broker", READY_SECONDS,
                       lambda service=service: service.metric("parley_kafka_client_brokers_up") > 0)

    def _start_probe(self):
        self.probe = at(ports.free_ports(1)[0])
        servers = ",".join(gateway.address for gateway in self.gateways)
        with open(self.folder / "probe.log", "wb") as log:
            self._probe = subprocess.Popen(
                [str(self.programs / "parley"), "probe", f"--server={servers}", f"--listen={self.probe}",
                 "--interval=500ms"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean_environment())

    def targets(self):
        return [(service.admin, service.kind, service.name) for service in self.services] + [
            (self.probe, "probe", "probe")]

    def close(self):
        if hasattr(self, "_probe"):
            self._probe.kill()
            self._probe.wait()
        super().close()
