"""What the chart renders."""
import collections

import yaml

import tools
from case import DeployTest, pod_of, values_files

KUBERNETES = [f"1.{minor}.0" for minor in range(27, 35)]
NAMES = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component"}
LABELS = NAMES | {f"app.kubernetes.io/{what}" for what in ("version", "part-of", "managed-by", "created-by")}


class ChartTest(DeployTest):
    def setUp(self):
        self.need("helm")

    def test_lint_has_no_complaint(self):
        for values in values_files():
            with self.subTest(values.name):
                done = tools.call("helm", "lint", "--strict", tools.CHART, "--values", values)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_values_file_renders_for_every_kubernetes(self):
        for values in values_files():
            for version in KUBERNETES:
                with self.subTest(f"{values.name} on {version}"):
                    self.assertTrue(self.objects("--values", values, "--kube-version", version))

    def test_an_older_kubernetes_is_refused(self):
        self.assertIn("kubeVersion", tools.helm_template("--kube-version", "1.26.0").stderr)

    # Kubernetes' own types, strictly read, and its own rules of admission.
    def test_kubernetes_understands_every_field_and_admits_every_pod(self):
        for values in values_files():
            with self.subTest(values.name):
                done = tools.call("admission", stdin=self.render("--values", values))
                self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_kubernetes_refuses_what_it_should(self):
        good = self.render()
        for was, is_now, complaint in [("readOnlyRootFilesystem:", "readOnlyRoot:", "unknown field"),
                                       ("runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"),
                                       ("type: RuntimeDefault", "type: Unconfined", "seccompProfile"),
                                       ("drop: [ALL]", "drop: [KILL]", "capabilities"),
                                       ("drop:\n              - ALL", "drop:\n              - KILL", "capabilities")]:
            if was not in good:
                continue
            with self.subTest(is_now):
                self.assertIn(complaint, tools.call("admission", stdin=good.replace(was, is_now)).stdout)

    def test_the_committed_render_is_the_chart_s(self):
        self.assertEqual(tools.render_of_defaults(), tools.RENDER.read_text(),
                         "k8s/parley.yaml is out of date: ./dev helm render")

    def test_a_second_render_is_the_same(self):
        self.assertEqual(self.render(), self.render())

    def test_every_object_has_all_labels_and_selects_by_three(self):
        for values in values_files():
            for (kind, name), one in self.objects("--values", values).items():
                with self.subTest(f"{values.name}: {kind} {name}"):
                    self.assertLessEqual(LABELS, set(one["metadata"]["labels"]))
                    if kind in ("Deployment", "StatefulSet", "PodDisruptionBudget"):
                        self.assertEqual(set(one["spec"]["selector"]["matchLabels"]), NAMES)
                    if kind == "Service":
                        self.assertEqual(set(one["spec"]["selector"]), NAMES)

    def test_pods_have_no_service_links_no_token_and_a_read_only_root(self):
        for values in values_files():
            for (kind, name), one in self.objects("--values", values).items():
                pod = pod_of(one)
                if not pod:
                    continue
                with self.subTest(f"{values.name}: {kind} {name}"):
                    self.assertIs(pod["spec"]["enableServiceLinks"], False)
                    self.assertIs(pod["spec"]["automountServiceAccountToken"], False)
                    if not name.endswith("-kafka"):
                        security = pod["spec"]["securityContext"]
                        # The group may read secrets.
                        self.assertEqual((security["runAsUser"], security["fsGroup"]), (65532, 65532))
                        for container in pod["spec"]["containers"]:
                            self.assertIs(container["securityContext"]["readOnlyRootFilesystem"], True)

    def test_selectors_find_their_pods(self):
        objects = self.objects()
        pods = {name: pod_of(one)["metadata"]["labels"] for (_, name), one in objects.items() if pod_of(one)}
        found = collections.Counter()
        for (kind, name), one in objects.items():
            selector = one["spec"].get("podSelector", one["spec"].get("selector")) if "spec" in one else None
            if not selector or kind in ("Job", "Pod"):
                continue
            wanted = selector.get("matchLabels", selector)
            matching = [pod for pod, labels in pods.items() if wanted.items() <= labels.items()]
            self.assertEqual(len(matching), 1, f"{kind} {name} selects {matching}")
            found[matching[0]] += 1
        self.assertGreaterEqual(found["parley-gateway"], 5)

    def test_the_public_service_has_the_clients_port_alone(self):
        objects = self.objects()
        ports = objects["Service", "parley-gateway"]["spec"]["ports"]
        self.assertEqual([(port["name"], port["port"]) for port in ports], [("grpc", 50051)])
        headless = objects["Service", "parley-gateway-headless"]["spec"]
        self.assertEqual((headless["clusterIP"], headless["publishNotReadyAddresses"]), ("None", True))

    def test_a_changed_configuration_restarts_whom_it_concerns(self):
        def checksums(*arguments):
            return {name: pod_of(one)["metadata"]["annotations"]["checksum/config"]
                    for (kind, name), one in self.objects(*arguments).items() if kind == "Deployment"}
        before, after = checksums(), checksums("--set", "router.config.linger=30s")
        changed = [name for name in before if before[name] != after[name]]
        self.assertEqual(changed, ["parley-router"])

    # A job cannot be changed: what would change it gives it another name.
    def test_the_topics_job_is_another_one_when_it_does_something_else(self):
        def job(*arguments):
            return next(one for (kind, _), one in self.objects(*arguments).items() if kind == "Job")
        plain = job()
        self.assertEqual(plain, job("--set", "gateway.replicas=5"))
        for change in ("topics.partitions=8", "image.tag=0.2.0", "kafka.bootstrapServers=k:1", "log.level=debug",
                       "topics.resources.limits.memory=64Mi", "kafka.tls.enabled=true", "serviceAccount.name=other"):
            with self.subTest(change):
                other = job("--set", change)
                if other["spec"] != plain["spec"]:
                    self.assertNotEqual(other["metadata"]["name"], plain["metadata"]["name"])

    def test_replicas_are_the_autoscaler_s_where_there_is_one(self):
        values = ["--values", tools.CHART / "ci" / "ha-values.yaml"]
        objects = self.objects(*values)
        self.assertNotIn("replicas", objects["Deployment", "parley-gateway"]["spec"])
        scale_down = objects["HorizontalPodAutoscaler", "parley-gateway"]["spec"]["behavior"]["scaleDown"]
        self.assertEqual(scale_down["stabilizationWindowSeconds"], 600)

    def test_nothing_needs_a_definition_that_is_not_kubernetes_own_unless_asked(self):
        versions = {one["apiVersion"] for one in self.objects().values()}
        self.assertEqual(versions, {"v1", "apps/v1", "batch/v1", "policy/v1", "networking.k8s.io/v1"})

    def test_rules_and_dashboards_arrive_unchanged(self):
        objects = self.objects("--values", tools.CHART / "ci" / "monitoring-values.yaml")
        shipped = tools.RULES.read_text().replace("docs/runbooks/", "https://runbooks.example.org/parley/")
        self.assertEqual(objects["PrometheusRule", "parley-rules"]["spec"], yaml.safe_load(shipped))
        dashboards = objects["ConfigMap", "parley-dashboards"]["data"]
        for file in tools.DASHBOARDS.glob("*.json"):
            self.assertEqual(dashboards[f"parley-{file.name}"].strip(), file.read_text().strip())

    def test_the_chart_s_version_is_the_programs(self):
        cmake = (tools.ROOT / "CMakeLists.txt").read_text()
        chart = yaml.safe_load((tools.CHART / "Chart.yaml").read_text())
        self.assertIn(f"project(parley VERSION {chart['appVersion']} ", cmake)
