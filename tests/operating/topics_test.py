"""Before Kafka is there, and before its topics are: every process waits, says so once, and goes on by itself."""
import shlex
import subprocess
import time

import jars
from case import OperatingTest
from installation import COMMAND_SECONDS, READY_SECONDS

SAID_SECONDS = 90
# Longer than any wait between two attempts.
WATCHED_SECONDS = 12
KAFKA_COMMANDS = {"kafka-topics.sh": "org.apache.kafka.tools.TopicCommand"}
REMEDY = "`parley topics ensure`"
CONNECTIONS = "user-connections"
CONNECTIONS_SETTINGS = {"cleanup.policy": "delete", "retention.ms": "3600000", "min.insync.replicas": "1",
                        "unclean.leader.election.enable": "false"}


class TopicsTest(OperatingTest):
    with_kafka = False

    def test_what_is_missing_is_said_once_and_asked_for_again(self):
        services = [self.start("presence", "presence"), self.start("router", "router"),
                    self.start("gateway", "gateway", "--sessions-max=100")]
        for service in services:
            service.await_not_ready("Kafka cannot be reached", SAID_SECONDS)
        self.nothing_more_is_said(services)
        for service in services:
            complaint, = service.complaints()
            self.assertEqual(complaint["msg"], "Kafka cannot be reached")
            self.assertIn(self.installation.brokers, complaint["broker"])

        self.installation.up()
        for service in services:
            service.await_not_ready(REMEDY, SAID_SECONDS)
            self.eventually(lambda: REMEDY in str(service.complaints()), "the remedy is logged", SAID_SECONDS)
        self.nothing_more_is_said(services)
        for service in services:
            complaint, = service.complaints()[1:]
            self.assertIn(REMEDY, complaint["reason"])

        self.wrong_partition_count_is_told_with_its_remedy()
        for service in services:
            service.await_ready(READY_SECONDS)

    def nothing_more_is_said(self, services):
        before = [len(service.complaints()) for service in services]
        time.sleep(WATCHED_SECONDS)  # Nothing to wait for: it is the silence that is watched.
        self.assertEqual([len(service.complaints()) for service in services], before)
        self.assertTrue(all(service.running() for service in services))

    def wrong_partition_count_is_told_with_its_remedy(self):
        configured = " ".join(f"--config {name}={value}" for name, value in CONNECTIONS_SETTINGS.items())
        self.kafka_command(f"kafka-topics.sh --bootstrap-server {self.installation.brokers} --create "
                           f"--topic {CONNECTIONS} --partitions 1 --replication-factor 1 {configured}")
        refused = self.ensure()
        self.assertEqual(refused.returncode, 1, refused)
        told, = [line for line in refused.stdout.splitlines() if f"{CONNECTIONS} has 1 partition" in line]
        self.kafka_command(told.split(": ", 1)[1])
        mended = self.ensure()
        self.assertEqual(mended.returncode, 0, mended)

    def ensure(self):
        return self.installation.run("topics", "ensure", f"--kafka-brokers={self.installation.brokers}",
                                     "--replication=1")

    def kafka_command(self, line):
        """Runs a command of Kafka's as one would in its folder."""
        program, *arguments = shlex.split(line)
        done = subprocess.run(["java", "-cp", jars.classpath(), KAFKA_COMMANDS[program], *arguments],
                              capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done)
