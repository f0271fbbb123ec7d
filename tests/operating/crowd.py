"""Many sessions at once, each of which only holds its stream open and remembers when something came."""
import asyncio
import contextlib
import time

import grpc

import background
from parley.v1 import chat_pb2 as pb
from parley.v1.chat_pb2_grpc import ChatStub
from waiting import wait_until

WELCOME_SECONDS = 60
# A connection of its own, as another program's would be; one that is lost stays so.
OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0)]

# What calls raise on a stream that is over.
ENDED = (grpc.aio.AioRpcError, grpc.aio.UsageError, asyncio.InvalidStateError)


class Guest:
    """Times are those of time.monotonic(), None until it happens."""

    def __init__(self, number, polite):
        self.number = number
        self.polite = polite  # It goes when it is asked to.
        self.welcomed = self.asked = self.ended = None
        self.code = self.error = None


class Crowd:
    """Lives in the background until `close`."""

    def __init__(self):
        self.guests = []
        self._connections = []

    def close(self):
        async def close_all():
            for connection in self._connections:
                await connection.close()
        background.run(close_all(), WELCOME_SECONDS)

    def enter(self, address, count, connections, polite=lambda number: False):
        """More guests, welcomed or sent away when this returns."""
        newcomers = [Guest(len(self.guests) + i, polite(i)) for i in range(count)]
        self.guests += newcomers
        background.run(self._connect(address, newcomers, connections))
        wait_until(f"all of {count} guests are welcomed", WELCOME_SECONDS,
                   lambda: all(guest.welcomed or guest.ended for guest in newcomers))
        return newcomers

    def open_at(self, moment):
        """How many were in at that time."""
        return sum(1 for guest in self.guests
                   if guest.welcomed and guest.welcomed <= moment and not (guest.ended and guest.ended <= moment))

    async def _connect(self, address, guests, connections):
        channels = [grpc.aio.insecure_channel(address, OPTIONS) for _ in range(connections)]
        self._connections += channels
        for i, guest in enumerate(guests):
            asyncio.ensure_future(self._live(guest, ChatStub(channels[i % connections])))

    async def _live(self, guest, stub):
        call = stub.Connect()
        # Beside the reading: a write to a call that was refused meanwhile may never return.
        hello = asyncio.ensure_future(self._greet(guest, call))
        try:
            while (frame := await call.read()) is not grpc.aio.EOF:
                for event in frame.events:
                    await self._see(guest, event, call)
        except ENDED:
            pass  # By what is asked for below.
        hello.cancel()
        guest.code = await call.code()
        guest.error = (await call.trailing_metadata() or {}).get("parley-error")
        guest.ended = time.monotonic()

    async def _greet(self, guest, call):
        with contextlib.suppress(*ENDED):
            await call.write(pb.ClientFrame(hello=pb.Hello(user=f"guest-{guest.number}")))

    async def _see(self, guest, event, call):
        what = event.WhichOneof("event")
        if what == "welcome":
            guest.welcomed = time.monotonic()
        elif what == "drain":
            guest.asked = time.monotonic()
            if guest.polite:
                await call.done_writing()
