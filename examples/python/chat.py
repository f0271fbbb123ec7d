#!/usr/bin/env python3
"""A chat client for Parley: joins a channel, prints what is said there, sends what is typed.

When its gateway goes away it resumes on the next one and repeats what was not acked, so that nothing is lost or shown
twice. It ends with its input, once everything is stored.
"""
import argparse
import itertools
import os
import queue
import random
import sys
import threading
import time
import uuid

import grpc

from parley.v1 import chat_pb2 as pb
from parley.v1.chat_pb2_grpc import ChatStub

UNACKED_MAX = 100
BACKOFF_MIN, BACKOFF_MAX = 0.2, 10.0
# A connection that died without a word is noticed within 40 s.
CHANNEL_OPTIONS = [("grpc.keepalive_time_ms", 30_000), ("grpc.keepalive_timeout_ms", 10_000)]


class Lost(grpc.RpcError):
    """This stream is of no more use; another one may be."""

    def details(self):
        return self.args[0]


class Chat:
    def __init__(self, user, channel):
        self.user, self.channel = user, channel
        self.positions = {}  # The last one given of each channel: where we resume.
        self.backoff = BACKOFF_MIN  # Grows until a stream works.
        self.room = threading.Semaphore(UNACKED_MAX)
        self.lock = threading.Lock()  # Guards what the thread of stdin shares:
        self.unacked = {}  # publishes by id, in the order of typing,
        self.outgoing = None  # and what is to be written, while we are in the channel.

    def run(self, addresses):
        threading.Thread(target=self.read_stdin, daemon=True).start()
        for address in itertools.cycle(random.sample(addresses, len(addresses))):
            try:
                self.talk(address)
            except grpc.RpcError as error:
                why = error.details()
            delay = random.uniform(0, self.backoff)
            self.backoff = min(2 * self.backoff, BACKOFF_MAX)
            print(f"* lost {address} ({why}), trying the next in {delay:.1f} s", flush=True)
            time.sleep(delay)

    def talk(self, address):
        hello = pb.Hello(user=self.user, personal_after=self.positions.get("@" + self.user))
        join = pb.Join(channel=self.channel, after=self.positions.get(self.channel))
        outgoing = queue.SimpleQueue()
        outgoing.put(pb.ClientFrame(hello=hello))
        outgoing.put(pb.ClientFrame(join=join))
        with grpc.insecure_channel(address, CHANNEL_OPTIONS) as channel:
            try:
                for frame in ChatStub(channel).Connect(iter(outgoing.get, None)):
                    for event in frame.events:
                        self.take(event.WhichOneof("event"), event, outgoing)
                raise Lost("it ended the stream")
            finally:
                with self.lock:
                    self.outgoing = None
                outgoing.put(None)

    def take(self, kind, event, outgoing):
        if kind == "message":
            message = event.message
            if message.previous > self.positions[message.channel]:
                raise Lost("it left out a message")
            mark = "" if message.channel == self.channel else "(direct) "
            print(f"{mark}{message.sender}: {message.content}", flush=True)
        elif kind == "joined":
            if event.joined.recovery > pb.RECOVERY_COMPLETE:
                print(f"* messages are missing: {pb.Recovery.Name(event.joined.recovery)}", flush=True)
            if event.joined.channel == self.channel:
                self.send_unacked(outgoing)
        elif kind == "discontinuity":
            print("* messages are missing: this log does not have them any more", flush=True)
        elif kind == "ack":
            self.settle(event.ack.id)
        elif kind == "error":
            self.take_error(event.error)
        elif kind == "drain":
            time.sleep(random.uniform(event.drain.reconnect_after_min_ms, event.drain.reconnect_after_max_ms) / 1000)
            raise Lost("it is about to stop")
        if kind in ("message", "joined", "checkpoint", "discontinuity"):
            told = getattr(event, kind)
            self.positions[told.channel] = told.position
        if kind in ("message", "checkpoint", "ack"):
            self.backoff = BACKOFF_MIN

    def take_error(self, error):
        if error.code < 300:  # It may work later, or elsewhere.
            raise Lost(error.message)
        if error.id not in self.unacked:
            sys.exit(error.message)
        print(f"* not sent: {error.message}", flush=True)
        self.settle(error.id)

    def read_stdin(self):
        for line in map(str.strip, sys.stdin):
            if line:
                self.room.acquire()
                publish = pb.Publish(channel=self.channel, id=str(uuid.uuid4()), content=line)
                with self.lock:
                    self.unacked[publish.id] = publish
                    self.send(publish)
        for _ in range(UNACKED_MAX):  # Until everything is settled.
            self.room.acquire()
        os._exit(0)  # The main thread waits inside gRPC, where an interrupt can get lost.

    def send(self, publish):
        if self.outgoing:
            self.outgoing.put(pb.ClientFrame(publish=publish))
            publish.retry = True  # It may be stored from now on: whoever sends it again repeats it.

    def send_unacked(self, outgoing):
        with self.lock:
            self.outgoing = outgoing
            for publish in self.unacked.values():
                self.send(publish)

    def settle(self, message_id):
        with self.lock:
            if self.unacked.pop(message_id, None):
                self.room.release()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Joins a channel, prints what is said, sends what is typed.")
    parser.add_argument("--addresses", default="127.0.0.1:50051", help="gateways, as HOST:PORT,…")
    parser.add_argument("--user", required=True)
    parser.add_argument("--channel", default="general")
    args = parser.parse_args()
    try:
        Chat(args.user, args.channel).run(args.addresses.split(","))
    except KeyboardInterrupt:
        pass
