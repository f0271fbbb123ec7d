"""What clients of the foreign services do that Parley's own would not: all of it ends well."""
import queue
import signal

import grpc

import broadcast_pb2 as broadcast
import broadcast_pb2_grpc
import chat_service_pb2 as chat_service
import chat_service_pb2_grpc
import stream_pb2 as stream
import stream_pb2_grpc
from case import ClientsTest

# More than the server keeps for a session and all that the network between takes on.
FLOOD_MESSAGES_MAX = 4000
FLOOD_CONTENT = "x" * 15_000


class Stream:
    """A stream whose messages are said by hand."""

    def __init__(self, test, method):
        self._outgoing = queue.SimpleQueue()
        self._call = method(iter(self._outgoing.get, None))
        test.addCleanup(self.end)

    def say(self, message):
        self._outgoing.put(message)

    def hear(self):
        return next(self._call)

    def hear_until(self, is_last):
        heard = []
        while not heard or not is_last(heard[-1]):
            heard.append(self.hear())
        return heard

    def end(self):
        self._outgoing.put(None)
        self._call.cancel()


class MannersTest(ClientsTest):
    def setUp(self):
        super().setUp()
        self.need("python stubs")

    def chat_service(self, user, channel, at=0, content=""):
        stub = chat_service_pb2_grpc.ChatServiceStub(self.connect(self.product.gateways[at]))
        talk = Stream(self, stub.ChatStream)
        talk.say(chat_service.ChatMessage(sender=user, channel=channel, content=content))
        return talk

    def chat(self, user, at=0):
        talk = Stream(self, stream_pb2_grpc.ChatStub(self.connect(self.product.gateways[at])).Stream)
        self.log_in(talk, user)
        return talk

    def log_in(self, talk, user):
        talk.say(stream.ChatStream(login=stream.ChatStream.Login(username=user)))

    def test_one_stream_per_channel(self):
        streams = {channel: self.chat_service("dora", channel, at)
                   for at, channel in enumerate(["red", "green", "blue"])}
        for channel in streams:
            self.wait_for_members(channel, ["dora"])
            self.publish(channel, f"of {channel}")
            self.publish(channel, "the last")
        for channel, talk in streams.items():
            heard = talk.hear_until(lambda message: message.content == "the last")
            self.assertEqual([(message.channel, message.content) for message in heard],
                             [(channel, f"of {channel}"), (channel, "the last")])

    def test_a_killed_client_comes_back(self):
        for at in (0, 1):
            client = self.start_foreign("python", "chat-service", self.product.gateways[at], "erin", "phoenix")
            self.wait_for_members("phoenix", ["erin"])
            self.publish("phoenix", f"life {at}")
            client.wait_for(f"life {at}")
            self.assertEqual(len(client.lines), 1, client.lines)
            client.process.send_signal(signal.SIGKILL)
            self.eventually(lambda: self.members("phoenix") == {}, "erin leaving the roster")

    def test_what_is_said_before_anything_was_received_is_seen_once_by_its_sender(self):
        first = self.chat_service("finn", "haste", content="at once")
        first.say(chat_service.ChatMessage(sender="finn", channel="haste", content="and on"))
        heard = first.hear_until(lambda message: message.content == "and on")
        self.assertEqual([message.content for message in heard], ["at once", "and on"])

        connection = self.connect(self.product.gateways[1])
        stub = broadcast_pb2_grpc.BroadcastStub(connection)
        listening = stub.CreateStream(broadcast.Connect(user=broadcast.User(id="gus", name="Gus"), active=True))
        self.addCleanup(listening.cancel)
        listening.initial_metadata()  # The headers come when the channel is joined.
        stub.BroadcastMessage(broadcast.Message(id="gus", content="of gus"))
        self.assertEqual(next(listening).content, "of gus")

    def test_a_client_that_never_reads_is_cut_off_and_disturbs_nobody(self):
        reader = self.start_foreign("python", "chat-service", self.product.gateways[1], "hugh", "flood")
        deaf = self.chat_service("iris", "flood", at=1)
        self.wait_for_members("flood", ["hugh", "iris"])
        said = 0
        while "iris" in self.members("flood"):
            self.assertLess(said, FLOOD_MESSAGES_MAX, "iris was never cut off")
            for _ in range(20):
                self.publish("flood", f"{said} {FLOOD_CONTENT}")
                said += 1
        self.publish("flood", "the last")
        lines = reader.wait_for('"the last"')
        numbers = [line.split('"content": "')[1].split(" ")[0] for line in lines[:-1]]
        self.assertEqual(numbers, [str(number) for number in range(said)])
        with self.refuses(grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.CANCELLED):
            deaf.hear_until(lambda message: message.content == "the last")

        again = self.chat_service("iris", "flood", at=1)
        self.wait_for_members("flood", ["iris"])
        self.publish("flood", "welcome back")
        self.assertEqual(again.hear().content, "welcome back")

    def test_a_second_login_changes_nothing_unless_it_is_another_users(self):
        talk = self.chat("jack")
        self.log_in(talk, "jack")
        self.wait_for_members("general", ["jack"])
        self.assertEqual(self.members("general")["jack"], 1)
        self.publish("general", "hello jack")
        self.assertEqual(talk.hear().message.content, "hello jack")
        self.log_in(talk, "not jack")
        with self.refuses(grpc.StatusCode.FAILED_PRECONDITION):
            talk.hear()
        self.eventually(lambda: "jack" not in self.members("general"), "jack leaving the roster")

    def test_one_user_logged_in_on_two_gateways_hears_on_both(self):
        talks = [self.chat("kate", at) for at in (0, 1)]
        self.eventually(lambda: self.members("general").get("kate") == 2, "two sessions of kate")
        talks[0].say(stream.ChatStream(message=stream.ChatStream.Message(author="kate", content="to myself")))
        self.eventually(lambda: ("kate", "to myself") in self.history("general"), "what kate said being stored")
        self.publish("general", "the last")
        heard = [talk.hear_until(lambda event: event.message.content == "the last") for talk in talks]
        # A stream is not shown what it said; the user's other one is.
        self.assertEqual([event.message.content for event in heard[0]], ["the last"])
        self.assertEqual([event.message.content for event in heard[1]], ["to myself", "the last"])
