"""What grpcurl, and so Postman and the like, learn from a gateway without any file."""
import json
import pathlib
import subprocess

import workshop
from case import ClientsTest

LISTS = pathlib.Path(__file__).parent / "grpcurl"
SERVING, NOT_SERVING = {"status": "SERVING"}, {"status": "NOT_SERVING"}
# Longer than the test: the gateway is killed before.
LONG_DRAIN = ("--drain-announce", "10m")


class GrpcurlTest(ClientsTest):
    def setUp(self):
        super().setUp()
        self.need("grpcurl")

    def grpcurl(self, *arguments):
        done = subprocess.run([workshop.PROGRAMS / "grpcurl", "-plaintext", *arguments], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def assert_equals_file(self, name, text):
        path = LISTS / f"{name}.txt"
        if self.update_lists:
            path.write_text(text)
        self.assertEqual(text, path.read_text() if path.exists() else "", f"run.py --update-lists rewrites {path}")

    def test_every_service_is_listed_and_described(self):
        address = self.product.gateways[0]
        listed = self.grpcurl(address, "list")
        self.assert_equals_file("list", listed)
        for service in listed.split():
            with self.subTest(service):
                self.assert_equals_file(service, self.grpcurl(address, "describe", service))
        described = {path.stem for path in LISTS.glob("*.txt")} - {"list"}
        self.assertEqual(described, set(listed.split()))

    def test_both_versions_of_reflection_answer(self):
        connection = self.connect(self.product.gateways[0])
        list_services = b"\x3a\x01*"  # The two versions are the same bytes under two names.
        for version in ("v1", "v1alpha"):
            method = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
            answer = next(connection.stream_stream(method)(iter([list_services])))
            self.assertIn(b"parley.v1.Chat", answer)

    def test_calls_need_no_files(self):
        request = json.dumps({"user": "curl", "channel": "curling", "content": "from a shell"})
        stored = json.loads(self.grpcurl("-d", request, self.product.gateways[1], "parley.v1.Chat/Publish"))
        self.assertTrue(stored["position"])
        self.assertEqual(self.history_through("curling", "from a shell"), [("curl", "from a shell")])

    def test_health_turns_to_not_serving_while_the_gateway_drains(self):
        gateway = self.product.start_gateway(*LONG_DRAIN)
        health = (gateway.address, "grpc.health.v1.Health/Check")
        self.assertEqual(json.loads(self.grpcurl(*health)), SERVING)
        watch = self.start([workshop.PROGRAMS / "grpcurl", "-plaintext", gateway.address, "grpc.health.v1.Health/Watch"])
        watch.wait_for('"SERVING"')
        gateway.terminate()
        watch.wait_for('"NOT_SERVING"')
        for service in ("", "parley.v1.Chat"):
            answer = self.grpcurl("-d", json.dumps({"service": service}), *health)
            self.assertEqual(json.loads(answer), NOT_SERVING, service)
