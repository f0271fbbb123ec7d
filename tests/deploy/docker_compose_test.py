"""`./dev compose up` on a real Docker: `run.py --on docker`. It takes the ports of docker-compose.yml."""
import os
import subprocess
import time
import uuid

from docker_case import KAFKA, DockerTest, call, expect, inspect, is_there, make_kafka
from waiting import wait_until

GATEWAYS = ["127.0.0.1:50051", "127.0.0.1:50151"]
BROKERS = "127.0.0.1:19092,127.0.0.1:29092,127.0.0.1:39092"
LASTING = [f"{service}-{number}" for service in ("kafka", "presence", "router", "gateway")
           for number in ((1, 2, 3) if service == "kafka" else (1, 2))]
SECONDS_TO_BE_HEALTHY = 180
ACKED_LEAST = 10_000


def compose(*arguments):
    return expect("./dev", "compose", *arguments)


def container(service):
    return expect("docker", "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.service={service}").strip()


class DockerComposeTest(DockerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not is_there(KAFKA):
            make_kafka()
        os.environ["KAFKA_IMAGE"] = KAFKA
        compose("down", "--volumes")
        cls.addClassCleanup(compose, "down", "--volumes")
        compose("up")

    def setUp(self):
        for service in LASTING:
            self.until_healthy(service)

    def until_healthy(self, service):
        def health():
            return inspect(container(service), "container")["State"]["Health"]
        wait_until(lambda: f"{service} is {health()}", SECONDS_TO_BE_HEALTHY, lambda: health()["Status"] == "healthy")

    def test_all_are_healthy_and_the_topics_were_made(self):
        self.assertEqual(inspect(container("topics"), "container")["State"]["ExitCode"], 0)
        for service in LASTING:
            state = inspect(container(service), "container")
            self.assertEqual(state["RestartCount"], 0, service)
            if not service.startswith("kafka"):
                self.assertTrue(state["HostConfig"]["ReadonlyRootfs"], service)

    def test_the_profiles_are_valid_too(self):
        services = compose("--profile", "ui", "--profile", "observability", "config", "--services").split()
        self.assertLessEqual({"kafka-ui", "probe", "prometheus", "grafana"}, set(services))

    def test_who_chats_at_one_gateway_is_heard_at_the_other(self):
        channel = f"hall-{uuid.uuid4()}"  # Of this run alone.
        chat = [self.programs / "parley", "chat", "--channel", channel]
        said = call(*chat, "--user", "ann", "--server", GATEWAYS[0], input="hello from one\n")
        self.assertEqual(said.returncode, 0, said.stderr)
        heard = call(*chat, "--user", "ben", "--server", GATEWAYS[1], "--history", "10", "--wait", "5s",
                     input="and two\n")
        self.assertIn("hello from one", heard.stdout)

    def stop_and_start(self, service):
        began = time.monotonic()
        compose("stop", service)
        stopped = time.monotonic()
        code = inspect(container(service), "container")["State"]["ExitCode"]
        compose("start", service)
        self.until_healthy(service)
        print(f"{service} stopped in {stopped - began:.0f} s with {code}, healthy again after "
              f"{time.monotonic() - stopped:.0f} s", flush=True)
        return code

    def test_nothing_is_lost_when_one_of_each_is_stopped(self):
        crowd = subprocess.Popen([self.programs / "parley_crowd", ",".join(GATEWAYS), BROKERS, str(ACKED_LEAST)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(crowd.kill)
        self.assertEqual(crowd.stdout.readline(), "all clients are in\n")
        self.stop_and_start("kafka-2")
        for service in ("gateway-1", "router-1"):
            self.assertEqual(self.stop_and_start(service), 0, service)
        verdict, _ = crowd.communicate()
        print(verdict)
        self.assertEqual(crowd.returncode, 0, verdict)
