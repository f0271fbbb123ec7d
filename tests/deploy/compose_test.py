"""docker-compose.yml, as text: there need be no Docker."""
import subprocess

import yaml

import tools
from case import DeployTest

FILE = tools.ROOT / "docker-compose.yml"
OURS = ("gateway-1", "gateway-2", "router-1", "router-2", "presence-1", "presence-2", "probe", "topics")


class ComposeTest(DeployTest):
    def setUp(self):
        self.services = yaml.safe_load(FILE.read_text())["services"]

    def test_only_loopback_ports_are_published_and_none_twice(self):
        published = [port for service in self.services.values() for port in service.get("ports", [])]
        self.assertTrue(all(port.startswith("127.0.0.1:") for port in published), published)
        self.assertEqual(len({port.split(":")[1] for port in published}), len(published))

    def test_our_processes_are_as_unprivileged_as_in_kubernetes(self):
        for name in OURS:
            service = self.services[name]
            self.assertEqual((service["user"], service["read_only"], service["cap_drop"]),
                             ("65532:65532", True, ["ALL"]), name)

    def test_health_is_asked_with_what_is_in_the_image(self):
        for name in OURS:
            if name != "topics":
                self.assertEqual(self.services[name]["healthcheck"]["test"][:3], ["CMD", "parley", "health"], name)

    def test_gateways_have_the_time_to_drain(self):
        for name in ("gateway-1", "gateway-2"):
            self.assertEqual(self.services[name]["stop_grace_period"], "90s")

    def test_everybody_waits_for_the_topics_and_these_for_the_brokers(self):
        for name in OURS:
            if name not in ("topics", "probe"):
                self.assertEqual(self.services[name]["depends_on"]["topics"]["condition"],
                                 "service_completed_successfully", name)
        waits = self.services["topics"]["depends_on"]
        self.assertEqual({(broker, wait["condition"]) for broker, wait in waits.items()},
                         {(f"kafka-{number}", "service_healthy") for number in (1, 2, 3)})

    def test_the_programs_take_the_environment(self):
        for name in OURS[:-2]:
            service = self.services[name]
            done = subprocess.run([self.programs / service["command"][0], "--check-config"], capture_output=True,
                                  env=service["environment"], text=True, check=False)
            self.assertEqual(done.returncode, 0, f"{name}: {done.stderr}")

    def test_no_keyword_that_one_of_the_two_composes_does_not_know(self):
        known = {"image", "build", "restart", "user", "read_only", "cap_drop", "security_opt", "command", "ports",
                 "stop_grace_period", "depends_on", "healthcheck", "ulimits", "environment", "volumes", "profiles"}
        used = {key for service in self.services.values() for key in service}
        self.assertLessEqual(used, known)
        self.assertEqual({key for key in yaml.safe_load(FILE.read_text()) if not key.startswith("x-")},
                         {"services", "volumes"})
