"""What the chart has Kubernetes and Prometheus do with pods: rollouts, evictions, probes, who may talk, scraping."""
import pathlib
import re
import shutil
import tempfile

import yaml

import tools
from case import DeployTest, pod_of, values_files
from metric_names import documented

COMPONENTS = ("gateway", "router", "presence")
MONITORED = (*COMPONENTS, "probe")
MONITORING = ("--values", tools.CHART / "ci" / "monitoring-values.yaml")
NAMES = ("app.kubernetes.io/instance", "app.kubernetes.io/component")
PATH = re.compile(r"/etc/parley/[\w./-]+")


def container_of(one):
    return pod_of(one)["spec"]["containers"][0]


def ports_of(one):
    return {port["name"]: port["containerPort"] for port in container_of(one)["ports"]}


def files_of(one, objects):
    """What a pod finds where, by path; of secrets no more than that."""
    mounts = {mount["name"]: mount["mountPath"] for mount in container_of(one)["volumeMounts"]}
    found = {}
    for volume in pod_of(one)["spec"]["volumes"]:
        if "configMap" in volume:
            there = objects["ConfigMap", volume["configMap"]["name"]]["data"]
        else:
            there = {item["path"]: None for item in volume["secret"]["items"]}
        found |= {f"{mounts[volume['name']]}/{name}": text for name, text in there.items()}
    return found


def peers(rule):
    """The components that a rule of a NetworkPolicy lets in; None: anybody, or any pod."""
    if rule.get("from", [{"namespaceSelector": {}}]) == [{"namespaceSelector": {}}]:
        return None
    return {peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in rule["from"]}


class WorkloadTest(DeployTest):
    def setUp(self):
        self.need("helm")

    def deployments(self, *arguments):
        """By component."""
        return {name.removeprefix("parley-"): one for (kind, name), one in self.objects(*arguments).items()
                if kind == "Deployment"}

    def test_a_rollout_of_gateways_is_paced_and_never_takes_one_away_first(self):
        spec = self.deployments()["gateway"]["spec"]
        self.assertEqual(spec["strategy"]["rollingUpdate"], {"maxSurge": 1, "maxUnavailable": 0})
        self.assertEqual(spec["minReadySeconds"], 30)
        self.assertEqual(spec["template"]["spec"]["terminationGracePeriodSeconds"], 90)

    def test_evictions_take_one_at_a_time_and_pods_that_serve_nobody_at_once(self):
        objects = self.objects()
        for component in COMPONENTS:
            budget = objects["PodDisruptionBudget", f"parley-{component}"]["spec"]
            self.assertEqual((budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]), (1, "AlwaysAllow"))

    def test_pods_are_spread_over_zones_and_nodes(self):
        for component, one in self.deployments().items():
            constraints = pod_of(one)["spec"]["topologySpreadConstraints"]
            self.assertEqual([each["topologyKey"] for each in constraints],
                             ["topology.kubernetes.io/zone", "kubernetes.io/hostname"], component)

    # Who is alive is not asked what it waits for: a restart would not bring Kafka back.
    def test_probes_ask_each_for_its_own(self):
        for component, one in self.deployments(*MONITORING).items():
            with self.subTest(component):
                container = container_of(one)
                for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
                    self.assertEqual(container[probe]["httpGet"], {"path": path, "port": "http-metrics"})
                # Who stands still for a while is not dead.
                self.assertGreaterEqual(
                    container["livenessProbe"]["periodSeconds"] * container["livenessProbe"]["failureThreshold"], 60)
                self.assertEqual(ports_of(one)["http-metrics"], 9102)

    def test_processes_are_called_as_their_pods(self):
        for component in COMPONENTS:
            env = {one["name"]: one for one in container_of(self.deployments()[component])["env"]}
            self.assertEqual(env["PARLEY_ID"]["valueFrom"], {"fieldRef": {"fieldPath": "metadata.name"}}, component)

    def test_a_gateway_tells_where_it_listens(self):
        gateway = self.deployments()["gateway"]
        env = {one["name"]: one.get("value") for one in container_of(gateway)["env"]}
        ports = ports_of(gateway)
        self.assertEqual(env["PARLEY_ADVERTISE_LINK"], f"$(POD_IP):{ports['grpc-link']}")
        self.assertEqual(env["PARLEY_ADVERTISE_GRPC"], f"$(POD_IP):{ports['grpc']}")

    def test_who_may_talk_to_whom(self):
        wanted = {"gateway": {"grpc": None, "grpc-link": {"router", "presence"}, "http-metrics": None},
                  "router": {"http-metrics": None},
                  "presence": {"grpc": {"gateway", "router"}, "http-metrics": None}}
        objects = self.objects()
        for component, rules in wanted.items():
            spec = objects["NetworkPolicy", f"parley-{component}"]["spec"]
            self.assertEqual(spec["policyTypes"], ["Ingress"])
            self.assertEqual({rule["ports"][0]["port"]: peers(rule) for rule in spec["ingress"]}, rules, component)
            self.assertTrue(all(len(rule["ports"]) == 1 for rule in spec["ingress"]))

    def test_who_may_come_in_is_narrowed_and_the_probe_may_still(self):
        objects = self.objects(*MONITORING)
        rules = {rule["ports"][0]["port"]: rule["from"]
                 for rule in objects["NetworkPolicy", "parley-gateway"]["spec"]["ingress"]}
        edge, ours = rules["grpc"]
        self.assertEqual(edge, {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}})
        for who in (objects["Deployment", "parley-probe"]["spec"]["template"], objects["Pod", "parley-test"]):
            self.assertLessEqual(ours["podSelector"]["matchLabels"].items(), who["metadata"]["labels"].items())
        self.assertEqual(rules["http-metrics"],
                         [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}])

    def test_services_lead_to_the_ports_that_they_name(self):
        for values in values_files():
            objects = self.objects("--values", values)
            ports = {tuple(pod_of(one)["metadata"]["labels"][name] for name in NAMES): ports_of(one)
                     for one in objects.values() if one["kind"] in ("Deployment", "StatefulSet")}
            for (kind, name), one in objects.items():
                if kind != "Service":
                    continue
                with self.subTest(f"{values.name}: {name}"):
                    there = ports[tuple(one["spec"]["selector"][name] for name in NAMES)]
                    for port in one["spec"]["ports"]:
                        self.assertEqual(port["targetPort"], port["name"].removeprefix("tcp-"))
                        if one["spec"].get("clusterIP") == "None":
                            self.assertEqual(port["port"], there[port["targetPort"]])

    def test_routes_lead_to_the_public_service(self):
        objects = self.objects("--values", tools.CHART / "ci" / "edge-values.yaml")
        port, = objects["Service", "chat-gateway"]["spec"]["ports"]
        backend, = objects["GRPCRoute", "chat-gateway"]["spec"]["rules"][0]["backendRefs"]
        self.assertEqual(backend, {"name": "chat-gateway", "port": port["port"]})
        path, = objects["Ingress", "chat-gateway"]["spec"]["rules"][0]["http"]["paths"]
        self.assertEqual(path["backend"]["service"], {"name": "chat-gateway", "port": {"name": port["name"]}})

    def test_what_is_asked_of_service_and_pods_arrives(self):
        file = tools.CHART / "ci" / "edge-values.yaml"
        values, objects = yaml.safe_load(file.read_text()), self.objects("--values", file)
        service, gateway = objects["Service", "chat-gateway"]["spec"], objects["Deployment", "chat-gateway"]
        for key in ("type", "externalTrafficPolicy", "loadBalancerSourceRanges"):
            self.assertEqual(service[key], values["gateway"]["service"][key])
        for key in ("nodeSelector", "tolerations", "affinity", "topologySpreadConstraints", "priorityClassName"):
            self.assertEqual(pod_of(gateway)["spec"][key], values["gateway"][key])
        for (_, name), one in objects.items():
            if pod := pod_of(one):
                self.assertEqual(pod["spec"]["imagePullSecrets"], values["imagePullSecrets"], name)

    def test_the_job_makes_the_topics_that_are_asked_for_and_tries_for_long(self):
        objects = self.objects("--set", "topics.partitions=8,topics.replication=1,topics.dedupeWindow=10m")
        job, = (one["spec"] for (kind, _), one in objects.items() if kind == "Job")
        container, = job["template"]["spec"]["containers"]
        command = container["command"]
        self.assertEqual(command[:3], ["parley", "topics", "ensure"])
        options = dict(zip(command[3::2], command[4::2]))
        self.assertLessEqual({"--partitions": "8", "--replication": "1", "--dedupe-window": "10m"}.items(),
                             options.items())
        self.assertEqual((job["template"]["spec"]["restartPolicy"], job["backoffLimit"]), ("OnFailure", 30))

    def test_the_embedded_kafka_is_where_the_programs_look_and_for_them_alone(self):
        objects = self.objects("--values", tools.CHART / "ci" / "embedded-values.yaml")
        env = {one["name"]: one.get("value")
               for one in container_of(objects["StatefulSet", "parley-kafka"])["env"]}
        self.assertEqual(env["KAFKA_ADVERTISED_LISTENERS"], "CLIENT://parley-kafka:9092")
        written = objects["ConfigMap", "parley-config"]["data"]["kafka.conf"]
        self.assertIn('kafka-brokers = "parley-kafka:9092"', written)
        self.assertEqual(objects["Service", "parley-kafka"]["spec"]["ports"][0]["port"], 9092)
        rule, = objects["NetworkPolicy", "parley-kafka"]["spec"]["ingress"]
        peer, = rule["from"]
        self.assertEqual(set(peer["podSelector"]["matchLabels"]),
                         {"app.kubernetes.io/name", "app.kubernetes.io/instance"})

    def test_every_file_that_is_named_is_mounted(self):
        for values in values_files():
            objects = self.objects("--values", values)
            for (kind, name), one in objects.items():
                if kind not in ("Deployment", "Job") or name.endswith("-probe"):
                    continue
                with self.subTest(f"{values.name}: {name}"):
                    files = files_of(one, objects)
                    container = container_of(one)
                    config = next(word for word in container["command"] if word.endswith(".conf"))
                    self.assertEqual(pathlib.Path(config).stem, "kafka" if kind == "Job" else container["name"])
                    named = PATH.findall(yaml.dump([container["command"], container.get("env")]) + files[config])
                    self.assertEqual(set(named) - set(files), set())

    # A hook that makes topics would come after the pods that wait for them.
    def test_only_the_test_is_a_hook_and_it_asks_each_gateway(self):
        objects = self.objects()
        hooks = {name for (_, name), one in objects.items()
                 if "helm.sh/hook" in one["metadata"].get("annotations", {})}
        self.assertEqual(hooks, {"parley-test"})
        pod = objects["Pod", "parley-test"]["spec"]
        command = pod["containers"][0]["command"]
        self.assertIn("parley-gateway-headless:50051", command)
        # It ends, and says once how it went.
        self.assertIn("--count", command)
        self.assertEqual((pod["restartPolicy"], pod["activeDeadlineSeconds"]), ("Never", 60))
        self.assertIn("parley-gateway-headless:50051",
                      container_of(self.deployments(*MONITORING)["probe"])["command"])

    def test_the_digest_wins_over_the_tag(self):
        digest = "sha256:" + 64 * "a"
        self.assertEqual({container_of(one)["image"] for one in self.deployments().values()},
                         {f"parley:{yaml.safe_load((tools.CHART / 'Chart.yaml').read_text())['appVersion']}"})
        for one in self.deployments("--set", f"image.tag=1.2.3,image.digest={digest}").values():
            self.assertEqual(container_of(one)["image"], f"parley@{digest}")

    def test_gateways_are_scaled_by_a_metric_that_they_have(self):
        objects = self.objects("--values", tools.CHART / "ci" / "ha-values.yaml")
        spec = objects["HorizontalPodAutoscaler", "parley-gateway"]["spec"]
        pods, = (one["pods"] for one in spec["metrics"])
        self.assertEqual(pods["metric"]["name"], "parley_gateway_sessions")
        self.assertIn("parley_gateway_sessions", documented())
        self.assertEqual(pods["target"], {"type": "AverageValue", "averageValue": "8000"})
        self.assertEqual((spec["minReplicas"], spec["maxReplicas"]), (3, 20))
        self.assertEqual(spec["scaleTargetRef"]["name"], "parley-gateway")
        self.assertEqual(spec["behavior"]["scaleDown"]["policies"],
                         [{"type": "Pods", "value": 1, "periodSeconds": 300}])

    def test_prometheus_finds_each_pod_and_labels_it_as_the_rules_ask(self):
        objects = self.objects(*MONITORING)
        spec = objects["PodMonitor", "parley-metrics"]["spec"]
        endpoint, = spec["podMetricsEndpoints"]
        for component in MONITORED:
            with self.subTest(component):
                one = objects["Deployment", f"parley-{component}"]
                self.assertLessEqual(spec["selector"]["matchLabels"].items(),
                                     pod_of(one)["metadata"]["labels"].items())
                self.assertIn(endpoint["port"], ports_of(one))
        labels = {one["targetLabel"]: one.get("replacement", one.get("sourceLabels"))
                  for one in endpoint["relabelings"]}
        self.assertEqual(labels, {"job": "parley", "instance": ["__meta_kubernetes_pod_name"],
                                  "component": ["__meta_kubernetes_pod_label_app_kubernetes_io_component"]})
        self.assertIn('up{job="parley"}', tools.RULES.read_text())

    def test_the_scrape_example_does_the_same(self):
        job, = yaml.safe_load((tools.ROOT / "k8s" / "prometheus-scrape.yaml").read_text())["scrape_configs"]
        self.assertEqual(job["job_name"], "parley")
        keep, = (one for one in job["relabel_configs"] if one.get("action") == "keep")
        part_of, port = keep["regex"].split(";")
        for component, one in self.deployments(*MONITORING).items():
            self.assertEqual(pod_of(one)["metadata"]["labels"]["app.kubernetes.io/part-of"], part_of, component)
            self.assertIn(port, ports_of(one))
        self.assertLessEqual({"namespace", "component", "instance"},
                             {one.get("target_label") for one in job["relabel_configs"]})

    def test_notes_warn_of_what_nobody_should_run(self):
        # Helm shows its notes only where there is a cluster.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        chart = pathlib.Path(folder.name) / "parley"
        shutil.copytree(tools.CHART, chart)
        (chart / "templates" / "NOTES.txt").rename(chart / "files" / "NOTES.txt")
        (chart / "templates" / "notes.yaml").write_text('notes: {{ tpl (.Files.Get "files/NOTES.txt") . | quote }}\n')

        def notes(*arguments):
            done = tools.call("helm", "template", "parley", chart, "--show-only", "templates/notes.yaml", *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            return yaml.safe_load(done.stdout)["notes"]
        plain = notes()
        self.assertIn("users are not authenticated", plain)
        for component, warning in (("gateway", "one gateway"), ("router", "one router"),
                                   ("presence", "one presence replica")):
            self.assertNotIn(warning, plain)
            self.assertIn(warning, notes("--set", f"{component}.replicas=1"))
        self.assertNotIn("one gateway", notes("--set", "gateway.replicas=1,gateway.autoscaling.enabled=true"))
        embedded = "kafka.embedded.enabled=true"
        self.assertIn("forgets everything with its pod: for trying only", notes("--set", embedded))
        self.assertNotIn("forgets", notes("--set", f"{embedded},kafka.embedded.persistence.enabled=true"))
        self.assertIn("not encrypted", plain)
        self.assertNotIn("not encrypted", notes("--set", "kafka.tls.enabled=true"))
        self.assertNotIn("topics ensure", plain)
        self.assertIn("topics ensure", notes("--set", "topics.enabled=false"))
