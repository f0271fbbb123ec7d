"""The chart and k8s/ on Kubernetes' own API server and controllers: `run.py --on api-server`.

No pod runs: there is no node.
"""
import itertools
import json

import yaml

import tools
from case import DeployTest, pod_of, values_files
from control_plane import ControlPlane
from waiting import wait_until

SECONDS_TO_SETTLE = 60
RESTRICTED = {f"pod-security.kubernetes.io/{what}": "restricted" for what in ("enforce", "warn")}
NEVER_COUNTED = ("events", "leases", "componentstatuses", "endpoints")  # Not what anybody made; deprecated.
# What values files take for granted. Of others' kinds only the names are known: their fields are not judged.
FOREIGN = [("PodMonitor", "podmonitors", "monitoring.coreos.com", "v1"),
           ("PrometheusRule", "prometheusrules", "monitoring.coreos.com", "v1"),
           ("GRPCRoute", "grpcroutes", "gateway.networking.k8s.io", "v1")]
PRIORITY = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "chat"}, "value": 1}
# Of a field that it sets itself.
ITS_OWN_WARNING = "Warning: spec.SessionAffinity is ignored for headless services\n"
OWNERS = ("Deployment", "StatefulSet", "Job")


def definition(kind, plural, group, version):
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}",
                         "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"}},
            "spec": {"group": group, "scope": "Namespaced", "names": {"kind": kind, "plural": plural},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": schema}]}}


class ApiServerTest(DeployTest):
    namespaces = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        if cls.missing:
            return
        cls.plane = ControlPlane(tools.FOLDER / "control-plane")
        cls.addClassCleanup(cls.plane.close)
        for one in [PRIORITY, *(definition(*kind) for kind in FOREIGN)]:
            done = cls.plane.kubectl("create", "-f", "-", stdin=json.dumps(one))
            assert done.returncode == 0, done.stderr
        for _, plural, group, _ in FOREIGN:
            cls.plane.kubectl("wait", "--for=condition=Established", f"crd/{plural}.{group}")

    def setUp(self):
        self.need("helm")
        self.need("kubernetes")
        self.namespace = f"test-{next(self.namespaces)}"
        self.make({"apiVersion": "v1", "kind": "Namespace",
                   "metadata": {"name": self.namespace, "labels": RESTRICTED}})
        self.kubectl("create", "serviceaccount", "chat")
        # They come by themselves.
        for name in ("serviceaccount/default", "configmap/kube-root-ca.crt"):
            wait_until(name, SECONDS_TO_SETTLE,
                       lambda name=name: self.plane.kubectl("get", "-n", self.namespace, name).returncode == 0)
        names = self.kubectl("api-resources", "--verbs=list", "-o", "name").split()
        self.kinds = ",".join(name for name in names if name.split(".")[0] not in NEVER_COUNTED)

    def call(self, program, *arguments, **options):
        """What it printed; a warning is a failure."""
        done = program("-n", self.namespace, *arguments, **options)
        self.assertEqual((done.returncode, done.stderr.replace(ITS_OWN_WARNING, "")), (0, ""), done.stdout)
        return done.stdout

    def kubectl(self, *arguments, **options):
        return self.call(self.plane.kubectl, *arguments, **options)

    def helm(self, *arguments):
        return self.call(self.plane.helm, *arguments)

    def make(self, one, *options):
        done = self.plane.kubectl("create", *options, "-f", "-", stdin=json.dumps(one))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def read(self, *arguments):
        return json.loads(self.kubectl("get", "-o", "json", *arguments))["items"]

    def everything(self):
        return set(self.kubectl("get", "--ignore-not-found", self.kinds, "-o", "name").split())

    def until_only(self, names):
        """Nothing is there beside what was."""
        wait_until(lambda: f"nothing is left or gone, but {self.everything() ^ names}", SECONDS_TO_SETTLE,
                   lambda: self.everything() == names)

    def pods_by_owner(self):
        """Pods' names by the object that the chart made for them."""
        sets = {one["metadata"]["name"]: one["metadata"]["ownerReferences"][0] for one in self.read("replicasets")}
        pods = {}
        for pod in self.read("pods"):
            owner = pod["metadata"]["ownerReferences"][0]
            owner = sets.get(owner["name"], owner)
            pods.setdefault((owner["kind"], owner["name"]), set()).add(pod["metadata"]["name"])
        return pods

    def until_all_pods_are_there(self, *arguments):
        """As many as asked for, which the API server made only because it admits them."""
        wanted = {}
        for (kind, name), one in self.objects(*arguments).items():
            if kind in OWNERS:
                wanted.setdefault((kind, name), one["spec"].get("replicas", 1))
            elif kind == "HorizontalPodAutoscaler":
                wanted["Deployment", one["spec"]["scaleTargetRef"]["name"]] = one["spec"]["minReplicas"]

        def all_pods():
            pods = self.pods_by_owner()
            return pods if {owner: len(names) for owner, names in pods.items()} == wanted else None
        return wait_until(lambda: f"as many pods as {wanted}, but {self.pods_by_owner()}", SECONDS_TO_SETTLE, all_pods)

    def made(self):
        """What the chart's objects are, apart from what has become of them."""
        found = {}
        for one in self.read("-l", "app.kubernetes.io/part-of=parley", self.kinds):
            if "ownerReferences" not in one["metadata"]:
                for volatile in ("resourceVersion", "managedFields"):
                    one["metadata"].pop(volatile, None)
                one.pop("status", None)
                for address in ("clusterIP", "clusterIPs"):
                    one.get("spec", {}).pop(address, None)
                found[one["kind"], one["metadata"]["name"]] = one
        return found

    def test_every_values_file_is_taken_as_it_is(self):
        for values in values_files():
            with self.subTest(values.name):
                self.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-",
                             stdin=self.render("--values", values))

    def test_every_pod_is_admitted_under_the_restricted_standard(self):
        for values in values_files():
            account = "serviceAccount.name=default,serviceAccount.create=false"
            objects = self.objects("--values", values, "--set", account)
            for (kind, name), one in objects.items():
                if pod := pod_of(one):
                    with self.subTest(f"{values.name}: {kind} {name}"):
                        pod = {"apiVersion": "v1", "kind": "Pod", "spec": pod["spec"],
                               "metadata": {"name": name, "labels": pod["metadata"]["labels"],
                                            "namespace": self.namespace}}
                        self.make(pod, "--dry-run=server")

    def test_a_pod_that_asks_for_more_is_not(self):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "greedy", "namespace": self.namespace},
               "spec": {"containers": [{"name": "greedy", "image": "greedy"}]}}
        refused = self.plane.kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(pod))
        self.assertIn('violates PodSecurity "restricted', refused.stderr)

    def test_installs_upgrades_without_a_change_and_leaves_nothing(self):
        for values in values_files():
            with self.subTest(values.name):
                options = ["parley", tools.CHART, "--values", values]
                empty = self.everything()
                self.helm("install", *options)
                pods, made = self.until_all_pods_are_there("--values", values), self.made()
                for _ in range(2):
                    self.helm("upgrade", *options)
                    self.assertEqual(self.made(), made)
                    self.assertEqual(self.pods_by_owner(), pods)
                self.kubectl("diff", "-f", "-", stdin=self.helm("get", "manifest", "parley"))
                self.helm("uninstall", "parley")
                self.until_only(empty)

    def test_values_can_be_changed_and_changed_back(self):
        empty = self.everything()
        self.helm("install", "parley", tools.CHART)
        made = self.made()
        for values in values_files():
            if values.name.startswith("small"):
                continue  # The volumes of a StatefulSet cannot be changed.
            with self.subTest(values.name):
                self.helm("upgrade", "parley", tools.CHART, "--values", values)
                self.until_all_pods_are_there("--values", values)
        self.helm("rollback", "parley", "1")
        self.assertEqual({name: one["spec"] for name, one in self.made().items() if "spec" in one},
                         {name: one["spec"] for name, one in made.items() if "spec" in one})
        self.helm("uninstall", "parley")
        self.until_only(empty)

    def test_plain_kubectl_applies_the_committed_render(self):
        empty = self.everything()
        self.kubectl("apply", "-f", tools.RENDER)
        self.until_all_pods_are_there("--skip-tests")
        again = self.kubectl("apply", "-f", tools.RENDER).splitlines()
        count = sum(1 for one in yaml.safe_load_all(tools.RENDER.read_text()) if one)
        self.assertEqual([line for line in again if not line.endswith(" unchanged")], [])
        self.assertEqual(len(again), count)
        self.kubectl("delete", "-f", tools.RENDER)
        self.until_only(empty)
