#!/usr/bin/env python3
"""The whole product on a Kafka that wants TLS and SCRAM; then all of it with a password that is wrong, until it is not.

Usage: secure_test.py [--bin DIR] [--dir DIR]
"""
import argparse
import contextlib
import pathlib
import subprocess
import sys
import time

import jars
import ports
import settings
import tls
from cluster import Cluster
from product import Program, clean_environment
from waiting import wait_until

SKIPPED = 77
USER, PASSWORD, WRONG_PASSWORD = "parley", "correct-horse", "battery-staple"
READY_SECONDS = 40
COMMAND_SECONDS = 30
SAID_SECONDS = 15
# How long refused processes are watched: longer than librdkafka waits before it repeats an error.
WATCHED_SECONDS = 35
# Of one core. A client that does not back off between its attempts needs more.
CPU_SHARE_MAX = 0.50
TOPICS_TIMEOUT_SECONDS = 4
REFUSED = "Kafka refuses the login"
ANY_PORT = "127.0.0.1:0"
NO_DRAIN = ["--drain-announce=0s", "--drain-window=0s", "--drain-linger=0s", "--drain-flush=1s"]


class Secure:
    """A secured cluster, the settings for it in every form, and what was started on it."""

    def __init__(self, folder, programs):
        self.programs = programs
        self.cluster = Cluster(folder)
        self.folder = self.cluster.folder
        self.started = []
        self.passed = 0

    def up(self):
        self.cluster.up(1, scram={"user": USER, "password": PASSWORD})
        properties = self.cluster.client_properties()
        self.brokers = properties.pop("bootstrap.servers")
        del properties["sasl.password"]
        self.properties = properties
        for name, password in (("right", PASSWORD), ("wrong", WRONG_PASSWORD)):
            (self.folder / name).write_text(password + "\n")

    def close(self):
        for program in self.started:
            program.kill()
        self.cluster.down()

    def ok(self, what):
        self.passed += 1
        print(f"ok  {what}", flush=True)

    # The same settings as flags, as variables and as a file. The password is always in a file of its own.
    def flags(self, brokers="--kafka-brokers", **changed):
        properties = self.properties | {name.replace("_", "."): value for name, value in changed.items()}
        return [f"{brokers}={self.brokers}"] + [f"--kafka-property={name}={value}" for name, value in properties.items()]

    def variables(self):
        return {"PARLEY_KAFKA_BROKERS": self.brokers} | {
            "PARLEY_KAFKA_PROPERTY_" + name.upper().replace(".", "_"): value
            for name, value in self.properties.items()}

    def config(self):
        path = self.folder / "kafka.conf"
        path.write_text(f"kafka-brokers = {self.brokers}\n" + "".join(
            f"kafka-property.{name} = {value}\n" for name, value in self.properties.items()))
        return [f"--config={path}"]

    def environment(self, password="right", **more):
        return clean_environment(PARLEY_KAFKA_PROPERTY_SASL_PASSWORD_FILE=str(self.folder / password), **more)

    def start(self, name, arguments, environment, program=None):
        command = [str(self.programs / (program or name)), *arguments]
        started = Program(command, ports.free_ports(1)[0], self.folder / f"{name}.log", environment)
        self.started.append(started)
        return started

    def run(self, *arguments, environment=None):
        """Runs `parley`."""
        return subprocess.run([str(self.programs / "parley"), *arguments], env=environment or clean_environment(),
                              capture_output=True, text=True, timeout=COMMAND_SECONDS)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def topics(secure):
    made = secure.run("topics", "ensure", *secure.flags(), environment=secure.environment())
    expect(made.returncode == 0, f"topics ensure: {made}")
    secure.ok("topics ensure: flags, the password's file in the environment")
    checked = secure.run("topics", "check", *secure.config(), environment=secure.environment())
    expect(checked.returncode == 0, f"topics check: {checked}")
    secure.ok("topics check: a config file")
    checked = secure.run("topics", "check", environment=secure.environment(**secure.variables()))
    expect(checked.returncode == 0, f"topics check: {checked}")
    secure.ok("topics check: the environment alone")


def start_all(secure):
    """Presence, a router and two gateways; each takes its settings from somewhere else. Returns the gateways' ports."""
    presence, *gateways, link_1, link_2 = ports.free_ports(5)
    to_presence = f"--presence=127.0.0.1:{presence}"
    secure.start("parley-presence", [*secure.config(), f"--listen=127.0.0.1:{presence}"], secure.environment())
    secure.start("parley-router", [to_presence], secure.environment(**secure.variables()))
    secure.start("gateway-1", [*secure.flags(), "--id=gateway-1", f"--listen=127.0.0.1:{gateways[0]}",
                               f"--link-listen=127.0.0.1:{link_1}", to_presence, *NO_DRAIN],
                 secure.environment(), "parley-gateway")
    # Flags win over the environment, and that over the file.
    (secure.folder / "lies.conf").write_text("kafka-property.security.protocol = plaintext\n")
    secure.start("gateway-2", [f"--kafka-brokers={secure.brokers}", "--id=gateway-2", to_presence, *NO_DRAIN,
                               f"--listen=127.0.0.1:{gateways[1]}", f"--link-listen=127.0.0.1:{link_2}",
                               f"--config={secure.folder / 'lies.conf'}"],
                 secure.environment(**(secure.variables() | {"PARLEY_KAFKA_BROKERS": "127.0.0.1:1"})),
                 "parley-gateway")
    for program in secure.started:
        program.await_ready(READY_SECONDS)
    secure.ok("presence, router and two gateways are ready: settings from a file, the environment, flags, a mixture")
    return gateways


def talk(secure, sender, receiver):
    """A message from one gateway's client to another's."""
    text = f"from {sender} to {receiver}"
    command = [str(secure.programs / "parley"), "listen", "--user=bob", "--count=1", "--timeout=20s",
               f"--server=127.0.0.1:{receiver}"]
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as listener:
        try:
            joined = listener.stderr.readline()
            expect("listening to general" in joined, f"listen says {joined!r}")
            sent = secure.run("send", "--user=ann", f"--server=127.0.0.1:{sender}", text)
            expect(sent.returncode == 0, f"send: {sent}")
            heard, _ = listener.communicate(timeout=COMMAND_SECONDS)
        finally:
            listener.kill()
    expect(heard == f"<ann> {text}\n" and listener.returncode == 0, f"listen printed {heard!r}")


def no_secret_is_shown(secure):
    shown = subprocess.run([str(secure.programs / "parley-router"), "--print-config", *secure.flags()],
                           env=secure.environment(), capture_output=True, text=True, timeout=COMMAND_SECONDS)
    expect("sasl.password = *****" in shown.stdout, f"--print-config: {shown}")
    for password in (PASSWORD, WRONG_PASSWORD):
        expect(password not in shown.stdout + shown.stderr, f"--print-config: {shown}")
        for program in secure.started:
            expect(password not in program.log.read_text(), f"the password is in {program.log}")
    secure.ok("the password is in no log, and not in --print-config")


def end_all(secure):
    for program in secure.started:
        # Presence once asked the brokers so slowly that it took itself for cut off, again and again. The others may
        # have found one another too early.
        complaints = program.events("error", *(["warn"] if program.name == "parley-presence" else []))
        expect(not complaints, f"{program.name} complains: {complaints}")
    for program in reversed(secure.started):
        code = program.end(READY_SECONDS)
        expect(code == 0, f"{program.name} ended with {code}: {program.log.read_text()}")
    secure.started.clear()
    secure.ok("all of them have complained of nothing, and end in order")


def start_all_with_wrong_password(secure):
    environment = secure.environment("wrong")
    listen = ["--listen=" + ANY_PORT]
    gateway = [*listen, "--link-listen=" + ANY_PORT, "--sessions-max=100", *NO_DRAIN]
    secure.start("refused-gateway", [*secure.flags(), *gateway], environment, "parley-gateway")
    secure.start("refused-router", secure.flags(), environment, "parley-router")
    secure.start("refused-presence", [*secure.flags(), *listen], environment, "parley-presence")
    secure.start("refused-standalone", [*secure.flags("--brokers"), *listen, "--link-listen=" + ANY_PORT,
                                        "--presence-listen=" + ANY_PORT], environment, "parley-standalone")
    for program in secure.started:
        program.await_not_ready(REFUSED, SAID_SECONDS)


def expect_one_line(program):
    complaints = program.events("warn", "error")
    expect([event["msg"] for event in complaints] == [REFUSED], f"{program.name} has logged {complaints}")
    line, = complaints
    expect("Authentication failed" in line["reason"] and "sasl.password" in line["check"], f"{program.name}: {line}")


def refused_processes_say_so_once(secure):
    start_all_with_wrong_password(secure)
    cpu_before = {program: program.cpu_seconds() for program in secure.started}
    time.sleep(WATCHED_SECONDS)  # Nothing to wait for: what is watched is that nothing more is said.
    for program in secure.started:
        expect(program.running(), f"{program.name} has ended: {program.log.read_text()}")
        expect_one_line(program)
        status, reason = program.readiness()
        expect(status == 503 and REFUSED in reason, f"{program.name}: {status} {reason}")
        health = secure.run("health", f"--admin=127.0.0.1:{program.admin_port}")
        expect(health.returncode == 1 and REFUSED in health.stdout + health.stderr, f"{program.name}: {health}")
        share = (program.cpu_seconds() - cpu_before[program]) / WATCHED_SECONDS
        expect(share < CPU_SHARE_MAX, f"{program.name} needs {share:.1%} of a core")
        secure.ok(f"{program.name}: one line in {WATCHED_SECONDS} s, not ready, {share:.1%} of a core")


def refused_commands_say_so_once(secure):
    for action in ("check", "ensure"):
        began = time.monotonic()
        refused = secure.run("topics", action, *secure.flags(), f"--timeout={TOPICS_TIMEOUT_SECONDS}s",
                             environment=secure.environment("wrong"))
        took = time.monotonic() - began
        said = (refused.stdout + refused.stderr).splitlines()
        expect(refused.returncode == 4 and len(said) == 1 and REFUSED in said[0], f"topics {action}: {refused}")
        expect(took < TOPICS_TIMEOUT_SECONDS + 15, f"topics {action} took {took:.1f} s")
        secure.ok(f"topics {action}: one line, exit code 4, within its time")


def properties_without_brokers_are_refused(secure):
    refused = subprocess.run([str(secure.programs / "parley-standalone"), "--kafka-property=security.protocol=ssl"],
                             env=clean_environment(), capture_output=True, text=True, timeout=COMMAND_SECONDS)
    said = (refused.stdout + refused.stderr).splitlines()
    expect(refused.returncode == 1 and len(said) == 1 and "--brokers" in said[0], f"parley-standalone: {refused}")
    secure.ok("parley-standalone refuses settings for Kafka when it is on its embedded broker")


def bad_certificates_are_named(secure):
    nowhere = secure.folder / "nowhere.pem"
    for program in ("parley-gateway", "parley-router", "parley-presence"):
        refused = subprocess.run([str(secure.programs / program), *secure.flags(ssl_ca_location=nowhere)],
                                 env=secure.environment(), capture_output=True, text=True, timeout=COMMAND_SECONDS)
        said = (refused.stdout + refused.stderr).splitlines()
        expect(refused.returncode == 1 and len(said) == 1 and f"ssl.ca.location={nowhere}" in said[0],
               f"{program} with a CA that is not there: {refused}")
    secure.ok("a CA that is not there: one line that names it, exit code 1")
    foreign = tls.Tls(secure.folder / "foreign-tls")
    foreign.make()
    refused = secure.run("topics", "check", *secure.flags(ssl_ca_location=foreign.authority),
                         f"--timeout={TOPICS_TIMEOUT_SECONDS}s", environment=secure.environment())
    said = (refused.stdout + refused.stderr).splitlines()
    expect(refused.returncode == 4 and len(said) == 1 and "TLS with Kafka fails" in said[0] and
           "ssl.ca.location" in said[0], f"topics check with another CA: {refused}")
    secure.ok("brokers of another authority: one line that says what to check")


def change_password(secure, password):
    node = secure.cluster.node(1)
    subprocess.run(["java", "-cp", jars.classpath(), "kafka.admin.ConfigCommand", "--bootstrap-server",
                    f"127.0.0.1:{node.broker_port}", "--alter", "--entity-type", "users", "--entity-name", USER,
                    "--add-config", f"{settings.SCRAM}=[password={password}]"],
                   check=True, capture_output=True, timeout=COMMAND_SECONDS)


def mended_password_makes_ready(secure):
    change_password(secure, WRONG_PASSWORD)
    for program in secure.started:
        program.await_ready(READY_SECONDS)
        wait_until(f"{program.name} says that it is over", SAID_SECONDS,
                   lambda: [event for event in program.events("info") if event["msg"] == "Kafka can be reached again"])
        expect(len([event for event in program.events("error") if event["msg"] == REFUSED]) == 1,
               f"{program.name} complains again: {program.events('error')}")
    secure.ok("once the brokers know the password all of them are ready by themselves, and say so")


def scenario(secure):
    secure.up()
    topics(secure)
    gateway_1, gateway_2 = start_all(secure)
    for sender, receiver in ((gateway_1, gateway_2), (gateway_2, gateway_1)):
        talk(secure, sender, receiver)
    secure.ok("messages cross from gateway to gateway, both ways")
    no_secret_is_shown(secure)
    end_all(secure)
    refused_commands_say_so_once(secure)
    properties_without_brokers_are_refused(secure)
    bad_certificates_are_named(secure)
    refused_processes_say_so_once(secure)
    mended_password_makes_ready(secure)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, default=jars.ROOT / "build/release/bin",
                        help="where Parley's programs are")
    parser.add_argument("--dir", type=pathlib.Path, default=jars.HOME / "test-secure", help="the cluster's folder")
    options = parser.parse_args()
    try:
        jars.fetch()
    except jars.JarsUnavailable as error:
        print(error)
        sys.exit(SKIPPED)
    with contextlib.closing(Secure(options.dir, options.bin.resolve())) as secure:
        secure.cluster.down()
        try:
            scenario(secure)
        except (AssertionError, subprocess.SubprocessError) as error:
            print(f"FAILED: {error}")
            sys.exit(1)
    print(f"{secure.passed}/{secure.passed} passed")


if __name__ == "__main__":
    main()
