"""People who talk and listen on all gateways, all the time: who loses a gateway goes on with the next one."""
import asyncio
import contextlib
import itertools

import grpc

import background
from crowd import ENDED
from parley.v1 import chat_pb2 as pb
from parley.v1.chat_pb2_grpc import ChatStub

LISTENERS_PER_GATEWAY = 10
CHANNELS = [f"room-{number}" for number in range(6)]
CHANNELS_OF_ONE = 3
PUBLISHES_A_SECOND = 40
PUBLISH_SECONDS = 8
RETRY_SECONDS = 0.5
STAY_SECONDS = 15
START_SECONDS = 30


class Load:
    """Runs in the background until `close`."""

    def __init__(self, gateways):
        self._gateways = gateways
        self._tasks = []
        self._count = itertools.count()
        self.delivered = 0
        background.run(self._begin(), START_SECONDS)

    def close(self):
        async def end():
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        background.run(end(), START_SECONDS)

    async def _begin(self):
        self._channels = [grpc.aio.insecure_channel(address, [("grpc.enable_retries", 0)])
                          for address in self._gateways]
        for number in range(LISTENERS_PER_GATEWAY * len(self._gateways)):
            self._tasks.append(asyncio.ensure_future(self._listen(number)))
        self._tasks.append(asyncio.ensure_future(self._talk()))

    async def _talk(self):
        stubs = [ChatStub(channel) for channel in self._channels]
        publishes = set()
        while True:
            number = next(self._count)
            request = pb.PublishRequest(user="speaker", channel=CHANNELS[number % len(CHANNELS)],
                                        id=f"load-{number}", content=f"message {number} " + 40 * "and so on ")
            publish = asyncio.ensure_future(self._publish(stubs[number % len(stubs)], request))
            publishes.add(publish)
            publish.add_done_callback(publishes.discard)
            await asyncio.sleep(1 / PUBLISHES_A_SECOND)

    async def _publish(self, stub, request):
        try:
            await stub.Publish(request, timeout=PUBLISH_SECONDS)
        except grpc.aio.AioRpcError:
            pass  # What became of it is for the metrics to say.

    async def _listen(self, number):
        after = {}
        for attempt in itertools.count(number):
            try:
                # Some stay, the others come and go.
                stay = None if number % 3 else STAY_SECONDS
                channel = self._channels[attempt % len(self._channels)]
                await asyncio.wait_for(self._session(number, channel, after), stay)
            except (*ENDED, asyncio.TimeoutError):
                pass
            await asyncio.sleep(RETRY_SECONDS)

    async def _session(self, number, channel, after):
        call = ChatStub(channel).Connect()
        # Beside the reading: a write to a call that was refused meanwhile may never return.
        joining = asyncio.ensure_future(self._join(number, call, dict(after)))
        try:
            while (frame := await call.read()) is not grpc.aio.EOF:
                for event in frame.events:
                    what = event.WhichOneof("event")
                    if what in ("message", "checkpoint", "joined"):
                        told = getattr(event, what)
                        after[told.channel] = told.position
                        self.delivered += what == "message"
        finally:
            joining.cancel()
            call.cancel()

    async def _join(self, number, call, after):
        with contextlib.suppress(*ENDED):
            await call.write(pb.ClientFrame(hello=pb.Hello(user=f"listener-{number}")))
            for i in range(CHANNELS_OF_ONE):
                name = CHANNELS[(number + i) % len(CHANNELS)]
                await call.write(pb.ClientFrame(join=pb.Join(channel=name, after=after.get(name, ""))))
