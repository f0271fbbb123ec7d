"""What the suites share: the product, a native client to look with, and clients that are ended after each test."""
import contextlib
import sys
import unittest
import uuid

import grpc

import workshop
from child import WAIT_SECONDS, Child, Terminal
from parley.v1 import chat_pb2 as pb
from parley.v1.chat_pb2_grpc import ChatStub
from waiting import wait_until


class ClientsTest(unittest.TestCase):
    product = None  # Set before the suites run, as are
    missing = {}  # what could not be fetched, as reasons by name,
    update_lists = False  # and whether what is seen is to be written into the files that say what is to be seen.

    def setUp(self):
        self.native = ChatStub(self.connect(self.product.gateways[0]))

    def need(self, part):
        if part in self.missing:
            self.skipTest(f"{part}: {self.missing[part]}")

    def connect(self, address):
        """A connection of its own, as another program's would be."""
        connection = grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])
        self.addCleanup(connection.close)
        return connection

    def start(self, command, **options):
        child = Child(command, **options)
        self.addCleanup(child.close)
        return child

    def start_foreign(self, language, service, *arguments):
        self.need(f"foreign {language} client" if language == "go" else "python stubs")
        program = {"python": [sys.executable, workshop.FOREIGN / "client.py"], "go": [workshop.PROGRAMS / "foreign"]}
        return self.start([*program[language], service, *arguments],
                          env={**workshop.environment(), "PYTHONPATH": str(workshop.STUBS)})

    def start_terminal(self, user, address, channel="general"):
        terminal = Terminal([self.product.programs / "parley", "chat", "--user", user, "--server", address,
                             "--channel", channel])
        self.addCleanup(terminal.close)
        return terminal

    def publish(self, channel, content, user="somebody"):
        self.native.Publish(pb.PublishRequest(user=user, channel=channel, id=str(uuid.uuid4()), content=content),
                            timeout=WAIT_SECONDS, wait_for_ready=True)

    def history(self, channel):
        """What the channel's log holds, as pairs of sender and content. It can lag behind what was acked."""
        answer = self.native.History(pb.HistoryRequest(channel=channel, limit=500), timeout=WAIT_SECONDS)
        return [(message.sender, message.content) for message in answer.messages]

    def history_through(self, channel, content):
        """The same, as soon as it holds this content."""
        def read():
            stored = self.history(channel)
            return stored if content in [text for _, text in stored] else None
        return self.eventually(read, f"{content!r} in the history of {channel}")

    def members(self, channel):
        answer = self.native.Members(pb.MembersRequest(channel=channel), timeout=WAIT_SECONDS)
        return {member.user: member.sessions for member in answer.members}

    def knock(self, user, client):
        """Until it is heard: nobody else is told when a session has come into its personal channel."""
        def is_heard():
            self.publish(f"@{user}", "knock knock")
            return client.shows("knock knock")
        self.eventually(is_heard, f"{user} being shown a direct message")

    def eventually(self, condition, what, seconds=WAIT_SECONDS):
        return wait_until(what, seconds, condition)

    def wait_for_members(self, channel, users):
        wanted = set(users)
        self.eventually(lambda: wanted <= set(self.members(channel)),
                        lambda: f"{sorted(wanted)} being members of {channel}; there are {self.members(channel)}")

    @contextlib.contextmanager
    def refuses(self, *codes):
        with self.assertRaises(grpc.RpcError) as caught:
            yield
        self.assertIn(caught.exception.code(), codes, caught.exception.details())
