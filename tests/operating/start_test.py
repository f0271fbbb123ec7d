"""Programs that cannot start say in one line why and how to mend it; hard circumstances are no mistake, and borne."""
import contextlib
import json
import os
import socket
import subprocess

import grpc

from case import OperatingTest
from crowd import Crowd
from installation import COMMAND_SECONDS, READY_SECONDS, clean_environment

SERVICES = ("gateway", "router", "presence")
FREE = "127.0.0.1:0"
DESCRIPTORS = 256


class StartTest(OperatingTest):
    def refusal(self, program, *options, code=1, **variables):
        """What it says that cannot start, which is one line."""
        command = [self.programs / program, *options]
        done = subprocess.run(command, env=clean_environment(**variables), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
        self.assertEqual(done.returncode, code, done)
        said = done.stderr.splitlines()
        if not said:
            # It had begun to log.
            events = [json.loads(line) for line in done.stdout.splitlines()]
            said = [event["reason"] for event in events if event["level"] == "error"]
            self.assertEqual(events[-1]["msg"], "could not start")
        self.assertEqual(len(said), 1, done.stderr)
        return said[0]

    def addresses(self, service):
        """Options that name where it listens, all of them free ports."""
        names = {"gateway": ["listen", "link-listen", "admin-listen"], "router": ["admin-listen"],
                 "presence": ["listen", "admin-listen"]}[service]
        return {name: f"--{name}={FREE}" for name in names}

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as holder:
            taken = f"127.0.0.1:{holder.getsockname()[1]}"
            for service in SERVICES:
                for name in self.addresses(service):
                    with self.subTest(f"{service} --{name}"):
                        options = self.addresses(service) | {name: f"--{name}={taken}"}
                        said = self.refusal(f"parley-{service}", *options.values())
                        self.assertIn(taken, said)
                        self.assertIn("in use", said)
                        self.assertRegex(said, "choose another|another address")
            with self.subTest("probe"):
                said = self.refusal("parley", "probe", f"--server={FREE}", f"--listen={taken}")
                self.assertIn(taken, said)
                self.assertIn("in use", said)

    def test_a_certificate_that_is_not_there(self):
        nowhere = "/nowhere/ca.pem"
        programs = [[f"parley-{service}"] for service in SERVICES] + [["parley-standalone", "--brokers=127.0.0.1:1"],
                                                                    ["parley", "topics", "check"]]
        for program, *arguments in programs:
            with self.subTest(program):
                said = self.refusal(program, *arguments, PARLEY_KAFKA_PROPERTY_SECURITY_PROTOCOL="ssl",
                                    PARLEY_KAFKA_PROPERTY_SSL_CA_LOCATION=nowhere)
                self.assertIn(f"ssl.ca.location={nowhere}", said)
                self.assertIn("No such file", said)

    def test_a_value_that_makes_no_sense(self):
        for service in SERVICES:
            file = self.installation.folder / f"bad-value-{service}.conf"
            file.write_text("# Mine.\nlog-level = loud\n")
            wanted = "'loud' is not allowed; allowed: debug, info, warn, error"
            for where, code, said in [
                    ("--log-level", 2, self.refusal(f"parley-{service}", "--log-level=loud", code=2)),
                    ("PARLEY_LOG_LEVEL", 1, self.refusal(f"parley-{service}", PARLEY_LOG_LEVEL="loud")),
                    (f"{file}:2", 1, self.refusal(f"parley-{service}", f"--config={file}"))]:
                with self.subTest(f"{service}, {where}, {code}"):
                    self.assertIn(where, said)
                    self.assertIn(wanted, said)

    def test_a_key_that_nobody_knows(self):
        for service in SERVICES:
            file = self.installation.folder / f"unknown-key-{service}.conf"
            file.write_text("log-levle = info\n")
            for where, said in [
                    ("--log-levle", self.refusal(f"parley-{service}", "--log-levle=info", code=2)),
                    ("PARLEY_LOG_LEVLE", self.refusal(f"parley-{service}", PARLEY_LOG_LEVLE="info")),
                    (f"{file}:1", self.refusal(f"parley-{service}", f"--config={file}"))]:
                with self.subTest(f"{service}, {where}"):
                    self.assertIn(where, said)
                    self.assertRegex(said, "the nearest is .*(log-level|LOG_LEVEL)")
            with self.subTest(f"{service}, a property of Kafka"):
                said = self.refusal(f"parley-{service}", PARLEY_KAFKA_PROPERTY_LINGER_SM="5")
                self.assertIn("linger.sm", said)

    def test_few_descriptors_are_a_warning_and_a_lower_limit(self):
        gateway = self.start("gateway", "poor", "--drain-announce=0s", "--drain-window=0s", "--drain-linger=0s",
                             prefix=["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}", "--"])
        gateway.await_ready(READY_SECONDS)
        warning, = gateway.complaints()
        limit = warning["sessions_max"]
        self.assertEqual(warning["level"], "warn")
        self.assertIn("descriptors", warning["msg"])
        self.assertIn("LimitNOFILE", warning["mend"])
        self.assertTrue(0 < limit < DESCRIPTORS)
        self.assertEqual(gateway.metric("parley_gateway_sessions_max"), limit)

        # It keeps to it with a connection for each session, and has descriptors left for all else.
        with contextlib.closing(Crowd()) as crowd:
            for guest in crowd.enter(gateway.address, limit, connections=limit):
                self.assertIsNotNone(guest.welcomed, guest.error)
            one_more, = crowd.enter(gateway.address, 1, connections=1)
            self.assertEqual((one_more.code, one_more.error), (grpc.StatusCode.RESOURCE_EXHAUSTED, "ERROR_FULL"))
            self.assertEqual(gateway.readiness()[0], 200)
            self.assertEqual(gateway.metric("parley_gateway_sessions"), limit)
            stored = self.installation.run("send", f"--server={gateway.address}", "from the poor")
            self.assertEqual(stored.returncode, 0, stored)
        self.assertEqual(gateway.complaints(), [warning])

    def test_a_root_that_nobody_may_write_to_is_the_normal_case(self):
        namespace = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
        read_only = [*namespace, "sh", "-c", "mount -o remount,ro,bind / && exec \"$@\"", "sh"]
        tried = subprocess.run([*read_only, "touch", "/tmp/parley-must-not-write"], capture_output=True, text=True,
                               check=False)
        if "Read-only" not in tried.stderr:
            self.skipTest(f"this machine gives nobody a read-only root: {tried.stderr.strip()}")
        for service in SERVICES:
            options = ["--drain-announce=0s", "--sessions-max=100"] if service == "gateway" else []
            # One after the other: a router complains of a gateway that is not ready.
            self.start(service, f"read-only-{service}", *options, prefix=read_only)
            self.installation.services[-1].await_ready(READY_SECONDS)
        services = self.installation.services[-len(SERVICES):]
        stored = self.installation.run("send", f"--server={services[0].address}", "read only")
        self.assertEqual(stored.returncode, 0, stored)
        self.assertEqual([service.complaints() for service in services], [[], [], []])
        for service in services:
            self.assertEqual(service.end(READY_SECONDS), 0)
