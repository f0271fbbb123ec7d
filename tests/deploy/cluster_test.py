"""The chart on a cluster with a node and a Kafka: `run.py --on cluster`. Pods run, and people talk through them."""
import contextlib
import itertools
import json
import re
import subprocess
import time
import urllib.request

import node_images
import tools
from case import DeployTest
from docker_case import KAFKA
from kubernetes_node import Node
from waiting import wait_until

BROKERS = tools.KUBERNETES.with_name("brokers.yaml")
SECONDS_TO_SETTLE = 600
SECONDS_TO_JUDGE = 900  # And to say what is not said yet.
ACKED_LEAST = 10_000
IMAGE = dict(zip(("repository", "tag"), node_images.PARLEY.split(":")))
KAFKA_IMAGE = dict(zip(("repository", "tag"), KAFKA.split(":")))


def values(prefix, image):
    return [f"--set={prefix}.{name}={value}" for name, value in image.items()]


class ClusterTest(DeployTest):
    namespaces = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        if cls.missing:
            return
        cls.node = Node(node_images.ARCHIVE, f"docker.io/library/{node_images.PAUSE}")
        cls.addClassCleanup(cls.node.close)

    def setUp(self):
        for tool in ("helm", "kubernetes", "node"):
            self.need(tool)
        self.namespace = f"test-{next(self.namespaces)}"
        self.kubectl("create", "namespace", self.namespace)
        self.addCleanup(self.kubectl, "delete", "namespace", self.namespace, f"--timeout={SECONDS_TO_SETTLE}s")

    def call(self, program, *arguments):
        """What it printed."""
        done = program("-n", self.namespace, *arguments)
        self.assertEqual(done.returncode, 0, f"{arguments}\n{done.stdout}{done.stderr}")
        return done.stdout

    def kubectl(self, *arguments):
        return self.call(self.node.kubectl, *arguments)

    def start_brokers(self):
        self.kubectl("apply", "-f", BROKERS)
        self.until_rolled_out("statefulset/kafka")

    def helm(self, verb, *options):
        self.call(self.node.helm, verb, "parley", tools.CHART, "--wait", "--timeout", f"{SECONDS_TO_SETTLE}s",
                  *values("image", IMAGE), *options)

    def install(self, *options):
        began = time.monotonic()
        self.helm("install", *options)
        print(f"installed in {time.monotonic() - began:.0f} s", flush=True)

    def helm_test(self):
        self.assertRegex(self.call(self.node.helm, "test", "parley"), r"Phase:\s+Succeeded")

    def pods(self, *chosen):
        return json.loads(self.kubectl("get", "pods", *chosen, "-o", "json"))["items"]

    def gateways(self):
        return self.pods("-l", "app.kubernetes.io/component=gateway")

    def sessions(self):
        """How many each gateway has."""
        found = {}
        for pod in self.gateways():
            with urllib.request.urlopen(f"http://{pod['status']['podIP']}:9102/metrics", timeout=10) as answer:
                said = re.findall(r"^parley_gateway_sessions\{.*\} (\d+)", answer.read().decode(), re.MULTILINE)
            found[pod["metadata"]["name"]] = sum(map(int, said))
        return found

    def until_rolled_out(self, what):
        self.kubectl("rollout", "status", what, f"--timeout={SECONDS_TO_SETTLE}s")

    def until_gateways_are(self, count):
        """And none is on its way, to or from."""
        def is_ready(pod):
            containers = pod["status"].get("containerStatuses", [{"ready": False}])
            return "deletionTimestamp" not in pod["metadata"] and all(one["ready"] for one in containers)

        wait_until(f"{count} gateways, all ready", SECONDS_TO_SETTLE,
                   lambda: [is_ready(pod) for pod in self.gateways()] == [True] * count, pause=1)

    def assert_nothing_was_restarted(self):
        """But the job that makes the topics: it may come before its Kafka."""
        restarts = {pod["metadata"]["name"]: sum(one["restartCount"] for one in pod["status"]["containerStatuses"])
                    for pod in self.pods("-l", "app.kubernetes.io/component!=topics")}
        self.assertEqual({name: count for name, count in restarts.items() if count}, {})

    @contextlib.contextmanager
    def talk(self):
        """The chaos harness's clients come through the Service, and its oracle judges."""
        domain = f"{self.namespace}.svc.cluster.local"
        crowd = subprocess.Popen([self.programs / "parley_crowd", f"parley-gateway.{domain}:50051",
                                  f"kafka.{domain}:9092", str(ACKED_LEAST)],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(crowd.kill)
        self.assertEqual(crowd.stdout.readline(), "all clients are in\n")
        yield
        verdict, _ = crowd.communicate(timeout=SECONDS_TO_JUDGE)
        print(verdict, flush=True)
        self.assertEqual(crowd.returncode, 0, verdict)

    def change_gateways(self, count, *command):
        began = time.monotonic()
        self.kubectl(*command, "deployment/parley-gateway")
        self.until_rolled_out("deployment/parley-gateway")
        self.until_gateways_are(count)
        sessions = self.sessions()
        print(f"{' '.join(command)}: {time.monotonic() - began:.0f} s, sessions {list(sessions.values())}", flush=True)
        return sessions

    def test_nothing_is_lost_while_gateways_are_scaled_and_restarted(self):
        self.start_brokers()
        self.install()
        with self.talk():
            self.change_gateways(4, "scale", "--replicas=4")
            # Who is connected stays; now all go, and to the new ones too.
            sessions = self.change_gateways(4, "rollout", "restart")
            self.assertGreaterEqual(sum(map(bool, sessions.values())), 3, sessions)
            self.change_gateways(2, "scale", "--replicas=2")
        self.helm_test()
        self.assert_nothing_was_restarted()

    def test_nothing_is_lost_while_three_of_each_are_upgraded(self):
        high = ["--values", tools.CHART / "ci" / "ha-values.yaml"]
        self.start_brokers()
        self.install(*high)
        self.until_gateways_are(3)  # The autoscaler makes them so, though it hears of no metric.
        with self.talk():
            began = time.monotonic()
            self.helm("upgrade", *high, "--set=log.level=info")
            for component in ("presence", "router", "gateway"):
                self.until_rolled_out(f"deployment/parley-{component}")
            self.until_gateways_are(3)
            print(f"upgraded in {time.monotonic() - began:.0f} s", flush=True)
        self.helm_test()
        self.assert_nothing_was_restarted()

    def test_a_kafka_of_its_own(self):
        self.install("--values", tools.CHART / "ci" / "embedded-values.yaml",
                     *values("kafka.embedded.image", KAFKA_IMAGE))
        self.helm_test()
        self.assert_nothing_was_restarted()
