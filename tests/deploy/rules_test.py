"""The rules of Prometheus, the runbooks and the dashboards."""
import json
import pathlib
import sys
import tempfile

import yaml

import tools
from case import DeployTest

RUNBOOKS = tools.ROOT / "docs" / "runbooks"
CASES = pathlib.Path(__file__).with_name("rules_test.yaml")
SEVERITIES = {"page", "ticket", "info"}


def alerts():
    groups = yaml.safe_load(tools.RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


class RulesTest(DeployTest):
    def test_promtool_has_no_complaint(self):
        self.need("promtool")
        done = tools.call("promtool", "check", "rules", tools.RULES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_alerts_fire_when_they_should_and_end(self):
        self.need("promtool")
        done = tools.call("promtool", "test", "rules", CASES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    # Debian builds Prometheus without the discovery of Kubernetes' pods.
    def test_prometheus_configurations_are_valid(self):
        self.need("promtool")
        compose = (tools.ROOT / "monitoring" / "prometheus.yml").read_text()
        self.assertIn("/etc/prometheus/rules.yaml", compose)
        scrape = (tools.ROOT / "k8s" / "prometheus-scrape.yaml").read_text()
        discovery = "kubernetes_sd_configs:\n      - role: pod\n"
        self.assertIn(discovery, scrape)
        for name, text in {"prometheus.yml": compose.replace("/etc/prometheus/rules.yaml", str(tools.RULES)),
                           "scrape.yml": scrape.replace(discovery, "static_configs: [{targets: [pod]}]\n")}.items():
            with self.subTest(name), tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
                file.write(text)
                file.flush()
                done = tools.call("promtool", "check", "config", file.name)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_is_tested_and_has_a_severity_and_a_runbook(self):
        cases = CASES.read_text()
        for alert in alerts():
            with self.subTest(alert["alert"]):
                self.assertIn(f'ALERTS{{alertname="{alert["alert"]}", alertstate="firing", ', cases)
                self.assertIn(alert["labels"]["severity"], SEVERITIES)
                self.assertTrue(alert["annotations"]["summary"])
                self.assertTrue((tools.ROOT / alert["annotations"]["runbook_url"]).is_file())

    def test_each_runbook_has_an_alert_and_stands_in_the_list(self):
        named = {pathlib.Path(alert["annotations"]["runbook_url"]).name for alert in alerts()}
        there = {page.name for page in RUNBOOKS.glob("Parley*.md")}
        self.assertEqual(named, there)
        listed = (RUNBOOKS / "README.md").read_text()
        for alert in alerts():
            self.assertIn(alert["alert"], listed)

    def test_dashboards_are_those_of_the_generator(self):
        sys.path.insert(0, str(tools.ROOT / "monitoring"))
        import make_dashboards
        for name, panels in make_dashboards.DASHBOARDS.items():
            made = json.loads((tools.DASHBOARDS / f"{name}.json").read_text())
            self.assertEqual(made, make_dashboards.dashboard(name, panels), "run monitoring/make_dashboards.py")
            self.assertEqual(len({panel["title"] for panel in made["panels"]}), len(made["panels"]))
