"""Which values the chart takes, what it refuses and with which words, and that its files are what the programs take."""
import re
import subprocess
import tempfile

import yaml

import tools
from case import DeployTest

REFUSED = {
    "an unknown key": (["--set", "gatewy.replicas=2"], "gatewy"),
    "an unknown key below": (["--set", "gateway.replica=2"], "replica"),
    "an option that the gateway does not have": (["--set", "gateway.config.sessions-mx=2"], "sessions-mx"),
    "an option that has a value of its own": (["--set", "gateway.config.drain-window=5s"], "drain-window"),
    "a wrong type": (["--set-string", "gateway.replicas=two"], "replicas"),
    "a fraction of a pod": (["--set-json", "router.replicas=1.5"], "replicas"),
    "fewer than none": (["--set", "presence.replicas=-1"], "replicas"),
    "a level that there is not": (["--set", "log.level=verbose"], "level"),
    "the tag `latest`": (["--set", "image.tag=latest"], "tag"),
    "a digest that is none": (["--set", "image.digest=sha256:123"], "digest"),
    "brokers without a port": (["--set", "kafka.bootstrapServers=kafka"], "bootstrapServers"),
    "a password among the properties": (["--set", r"kafka.properties.sasl\.password=x"], "sasl.password"),
    "no brokers": (["--set", "kafka.bootstrapServers="], "name your brokers"),
    "a grace period shorter than the drain": (["--set", "gateway.terminationGracePeriodSeconds=89"], "needs 90"),
    "a drain longer than the grace period": (["--set", "gateway.drain.windowSeconds=61"], "needs 91"),
    "a rollout that cannot take a step": (["--set", "gateway.maxSurge=0"], "both 0"),
    "the same in percent": (["--set", "router.maxSurge=0%,router.maxUnavailable=0%"], "both 0"),
    "a login without a password": (["--set", "kafka.sasl.enabled=true,kafka.sasl.username=u"], "existingSecret"),
    "TLS to the embedded broker": (["--set", "kafka.embedded.enabled=true,kafka.tls.enabled=true"], "neither"),
    "an autoscaler upside down": (["--set", "gateway.autoscaling.enabled=true,gateway.autoscaling.maxReplicas=1"],
                                  "minReplicas"),
    "a route that belongs to nothing": (["--set", "grpcRoute.enabled=true"], "parentRefs"),
    "an ingress without a host": (["--set", "ingress.enabled=true"], "ingress.hosts"),
}
# What the chart sets itself, or what makes no sense in a pod.
OWNED = {"config", "print-config", "check-config", "help", "version", "id", "listen", "link-listen", "admin-listen",
         "advertise-grpc", "advertise-link", "presence", "kafka-brokers", "kafka-property", "log-level", "log-format",
         "drain-announce", "drain-window", "drain-linger", "drain-flush"}
COMPONENTS = ("gateway", "router", "presence")
DRAIN = {"announce": 6, "window": 30, "linger": 7, "flush": 8}  # None is the default.


class ValuesTest(DeployTest):
    def test_wrong_values_are_refused_with_their_name(self):
        self.need("helm")
        for what, (arguments, words) in REFUSED.items():
            with self.subTest(what):
                done = tools.helm_template(*arguments)
                self.assertNotEqual(done.returncode, 0, "it was taken")
                self.assertIn(words, done.stderr)

    def test_every_value_has_a_comment_or_stands_below_one(self):
        lines = (tools.CHART / "values.yaml").read_text().splitlines()
        top = [at for at, line in enumerate(lines) if re.match(r"[a-zA-Z]", line)]
        for at, end in zip(top, top[1:] + [len(lines)]):
            self.assertTrue(lines[at - 1].startswith("#") or any("#" in line for line in lines[at:end]), lines[at])

    def test_the_schema_knows_each_option_of_the_programs(self):
        schema = yaml.safe_load((tools.CHART / "values.schema.json").read_text())
        for component in COMPONENTS:
            said = subprocess.run([self.programs / f"parley-{component}", "--help"], check=True, capture_output=True,
                                  text=True).stdout
            options = set(re.findall(r"^  --([a-z-]+)", said, re.MULTILINE)) - OWNED
            known = schema["properties"][component]["properties"]["config"]["propertyNames"]["enum"]
            self.assertEqual(options, set(known), component)

    def test_the_programs_take_the_files_that_the_chart_writes(self):
        arguments = ["--set", "kafka.properties.linger\\.ms=7,gateway.config.sessions-max=2000000,"
                     "router.config.tail-bytes-max=64MiB,presence.config.tick=50ms",
                     "--set", ",".join(f"gateway.drain.{name}Seconds={seconds}" for name, seconds in DRAIN.items())]
        files = self.objects(*arguments)["ConfigMap", "parley-config"]["data"]
        effective = {component: self.effective(component, files[f"{component}.conf"]) for component in COMPONENTS}
        for component, lines in effective.items():
            for line in ("kafka-brokers = kafka:9092", "kafka-property.linger.ms = 7", "log-format = json"):
                self.assertIn(line, lines, component)
        for line in ("sessions-max = 2000000", "presence = parley-presence:50061",
                     *(f"drain-{name} = {seconds}s" for name, seconds in DRAIN.items())):
            self.assertIn(line, effective["gateway"])
        for component, options in {"gateway": {"listen": 50051, "link-listen": 50052}, "presence": {"listen": 50061},
                                   "router": {}}.items():
            for option, port in (options | {"admin-listen": 9102}).items():
                self.assertIn(f"{option} = 0.0.0.0:{port}", effective[component], component)
        self.assertIn("tail-bytes-max = 64MiB", effective["router"])
        self.assertIn("tick = 50ms", effective["presence"])

    def test_kafka_is_spoken_to_as_it_was_asked(self):
        login = "kafka.sasl.enabled=true,kafka.sasl.username=u,kafka.sasl.existingSecret=s"
        for protocol, values in (("ssl", "kafka.tls.enabled=true"), ("sasl_plaintext", login),
                                 ("sasl_ssl", f"kafka.tls.enabled=true,{login}")):
            written = self.objects("--set", values)["ConfigMap", "parley-config"]["data"]["kafka.conf"]
            self.assertIn(f'kafka-property.security.protocol = "{protocol}"', written.splitlines())

    def effective(self, component, text):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([self.programs / f"parley-{component}", "--config", file.name, "--print-config"],
                                  capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.replace('"', "").splitlines()
