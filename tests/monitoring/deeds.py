"""Things that a single client, or another program at the log, does once, so that each metric has its moment."""
import queue
import subprocess
import time

import grpc

import broadcast_pb2
import broadcast_pb2_grpc
import chat_service_pb2
import chat_service_pb2_grpc
from parley.v1 import chat_pb2 as pb
from parley.v1.chat_pb2_grpc import ChatStub

WAIT_SECONDS = 20
# No stream is held for longer: what never comes fails the part, and the rest goes on.
TALK_SECONDS = 120
HELLO = pb.ClientFrame(hello=pb.Hello(user="doer"))


class Talk:
    """A stream whose frames are said by hand."""

    def __init__(self, method):
        self._outgoing = queue.SimpleQueue()
        self._call = method(iter(self._outgoing.get, None), timeout=TALK_SECONDS)

    def say(self, *messages):
        for message in messages:
            self._outgoing.put(message)

    def hear(self):
        return next(self._call)

    def end(self):
        self._outgoing.put(None)
        self._call.cancel()


class Deeds:
    """Done at one gateway. `limits` are those of a session there: channels, publishes, reads."""

    def __init__(self, gateway, brokers, limits):
        self._channel = grpc.insecure_channel(gateway, [("grpc.use_local_subchannel_pool", 1)])
        self._stub = ChatStub(self._channel)
        self._gateway, self._brokers, self._limits = gateway, brokers, limits

    def do_all(self):
        for deed in (self.asks, self.mistakes, self.goes_over_its_limits, self.resumes, self.foreign_clients,
                     self.foreign_records, self.repeats_itself):
            deed()

    def talk(self, *frames):
        talk = Talk(self._stub.Connect)
        talk.say(HELLO, *frames)
        return talk

    def hear_until(self, talk, kinds, count=1):
        found = []
        while len(found) < count:
            found += [event for event in talk.hear().events if event.WhichOneof("event") in kinds]
        return found

    def asks(self):
        self._stub.ListChannels(pb.ListChannelsRequest(), timeout=WAIT_SECONDS)
        self._stub.Members(pb.MembersRequest(channel="room-1"), timeout=WAIT_SECONDS)
        for channel in ("room-1", "never-joined"):
            self.reads(channel)

    def mistakes(self):
        """A publish without content, a stream that never says hello, and one that says it twice."""
        try:
            self._stub.Publish(pb.PublishRequest(user="doer", channel="no name\n", content="x"), timeout=WAIT_SECONDS)
        except grpc.RpcError:
            pass
        silent = Talk(self._stub.Connect)
        repeating = self.talk(HELLO)
        for talk in (silent, repeating):
            try:
                while talk.hear():
                    pass
            except grpc.RpcError:
                pass
            talk.end()

    def goes_over_its_limits(self):
        channels, publishes, reads = self._limits
        joins = [pb.ClientFrame(join=pb.Join(channel=f"far-{number}")) for number in range(channels + 1)]
        sends = [pb.ClientFrame(publish=pb.Publish(channel="far-0", id=f"much-{number}", content="x"))
                 for number in range(20 * publishes)]
        looks = [pb.ClientFrame(read_history=pb.ReadHistory(channel="never-joined", limit=500))
                 for number in range(20 * reads)]
        talk = self.talk(*joins, *sends, *looks)
        # One channel too many is refused; what is sent and read is answered, or refused.
        self.hear_until(talk, ("ack", "history", "error"), 1 + len(sends) + len(looks))
        talk.end()

    def resumes(self):
        """From where it was, and from where it never was."""
        first = self.talk(pb.ClientFrame(join=pb.Join(channel="room-3")))
        joined, = self.hear_until(first, ("joined",))
        first.end()
        for channel in ("room-3", "room-4"):
            again = self.talk(pb.ClientFrame(join=pb.Join(channel=channel, after=joined.joined.position)))
            self.hear_until(again, ("joined",))
            again.end()

    def foreign_clients(self):
        listening = broadcast_pb2_grpc.BroadcastStub(self._channel).CreateStream(
            broadcast_pb2.Connect(user=broadcast_pb2.User(id="gus", name="Gus"), active=True), timeout=TALK_SECONDS)
        listening.initial_metadata()
        broadcast_pb2_grpc.BroadcastStub(self._channel).BroadcastMessage(
            broadcast_pb2.Message(id="gus", content="of gus"), timeout=WAIT_SECONDS)
        next(listening)
        listening.cancel()
        talk = Talk(chat_service_pb2_grpc.ChatServiceStub(self._channel).ChatStream)
        talk.say(chat_service_pb2.ChatMessage(sender="dora", channel="room-5", content="of dora"))
        talk.hear()
        talk.end()

    def foreign_records(self):
        """What nobody can read, what lies in the wrong partition, and what is a tombstone."""
        self._produce("{no JSON", "-k", "general")
        for partition in range(4):
            self._produce('{"sender":"kcat","content":"misplaced"}', "-k", "room-1", "-p", str(partition))
        self._produce("general:\n", "-K", ":", "-Z")

        self._produce("nothing that presence can read", "-k", "somebody", topic="user-connections")

    def _produce(self, value, *options, topic="chatting"):
        subprocess.run(["kcat", "-P", "-b", self._brokers, "-t", topic, *options], input=value, text=True,
                       check=True, capture_output=True, timeout=WAIT_SECONDS)

    def repeats_itself(self, message="said-twice"):
        for retry in (False, True):
            self._stub.Publish(pb.PublishRequest(user="doer", channel="room-1", id=message, content="twice",
                                                 retry=retry), timeout=WAIT_SECONDS)

    def retries(self, message):
        """Something that was stored long ago."""
        self._stub.Publish(pb.PublishRequest(user="doer", channel="room-1", id=message, content="twice", retry=True),
                           timeout=WAIT_SECONDS)

    def joins_in_vain(self):
        """While no router answers."""
        talk = self.talk(pb.ClientFrame(join=pb.Join(channel="nowhere")))
        self.hear_until(talk, ("error",))
        talk.end()

    def reads(self, channel):
        """In vain, while Kafka does not answer."""
        try:
            self._stub.History(pb.HistoryRequest(channel=channel, limit=500), timeout=WAIT_SECONDS)
        except grpc.RpcError:
            pass

    def floods(self, channel):
        try:
            self._stub.Publish(pb.PublishRequest(user="doer", channel=channel, content=15_000 * "x"),
                               timeout=WAIT_SECONDS)
        except grpc.RpcError:
            pass  # A busy machine; there are more where this came from.

    def does_not_read(self, is_cut_off):
        """A member of a channel who takes nothing in, until it is cut off."""
        deaf = self.talk(pb.ClientFrame(join=pb.Join(channel="flood")))
        deaf.hear()  # The welcome; from here on nothing.
        deadline = time.monotonic() + 3 * WAIT_SECONDS
        while not is_cut_off():
            assert time.monotonic() < deadline, "a client that does not read was never cut off"
            for _ in range(20):
                self.floods("flood")
        deaf.end()

    def close(self):
        self._channel.close()
