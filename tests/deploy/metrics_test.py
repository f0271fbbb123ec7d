"""Every metric that a rule or a panel names is exported by the programs, and stands in docs/metrics.md."""
import json
import re
import subprocess

import tools  # Knows the way to `product`.
from case import DeployTest
from metric_names import documented
from product import Product, get
from waiting import wait_until

METRIC = re.compile(r"\b((?:parley_(?:gateway|router|presence|kafka|build|probe)|grpc_server|process)_[a-z0-9_]+)")
SUFFIX = re.compile(r"_(bucket|count|sum)$")
WAIT_SECONDS = 30


def named():
    """Which files name which metric."""
    found = {}
    for file in [tools.RULES, *sorted(tools.DASHBOARDS.glob("*.json"))]:
        text = file.read_text()
        if file.suffix == ".json":
            text = " ".join(target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"])
        for metric in METRIC.findall(text):
            found.setdefault(SUFFIX.sub("", metric), set()).add(file.name)
    return found


class MetricsTest(DeployTest):
    def test_rules_and_panels_name_what_is_exported(self):
        exported = self.exported()
        for metric, files in sorted(named().items()):
            self.assertIn(metric, exported, f"named in {', '.join(sorted(files))}")

    def test_what_is_named_is_documented(self):
        self.assertEqual(set(named()) - documented(), set())

    def exported(self):
        """What all programs show after a message, a query and a dead letter."""
        folder = tools.FOLDER / "metrics"
        folder.mkdir(parents=True, exist_ok=True)
        with Product(self.programs, folder) as product:
            told = json.loads((folder / "endpoints.json").read_text())
            parley = [self.programs / "parley"]
            server = ["--server", product.gateways[0]]
            subprocess.run([*parley, "send", *server, "hello"], check=True, stdout=subprocess.DEVNULL)
            subprocess.run([*parley, "who", *server], check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["kcat", "-P", "-b", told["broker"], "-t", "chatting", "-k", "general"], input=b"{no JSON",
                           check=True, stderr=subprocess.DEVNULL)
            probe = subprocess.Popen([*parley, "probe", *server, "--listen=127.0.0.1:0"], stderr=subprocess.PIPE,
                                     text=True)
            self.addCleanup(probe.communicate)
            self.addCleanup(probe.terminate)
            admins = [one["admin"] for kind in ("gateways", "routers", "presences") for one in told[kind]]
            admins.append(re.search(r"http://(\S+)/metrics", probe.stderr.readline()).group(1))

            def families():
                pages = [get(admin, "/metrics") for admin in admins]
                return {family for page in pages for family in re.findall(r"^# TYPE (\S+)", page, re.MULTILINE)}
            wait_until("the dead letter is counted", WAIT_SECONDS,
                       lambda: "parley_router_dead_letters_total" in families())
            return families()
