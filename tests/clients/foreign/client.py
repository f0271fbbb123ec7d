#!/usr/bin/env python3
"""Talks like a client of one of the services that Parley replaces, knowing nothing but its .proto file.

Usage: client.py chat-service|broadcast|chat|channels ADDRESS [USER CHANNEL]

Says each line of stdin (`@USER TEXT`: to that user alone) and prints what it is told, one JSON object a line.
"""
import json
import sys
import threading

import grpc

import broadcast_pb2 as broadcast
import broadcast_pb2_grpc
import chat_service_pb2 as chat_service
import chat_service_pb2_grpc
import stream_pb2 as stream
import stream_pb2_grpc


def show(**fields):
    print(json.dumps(fields), flush=True)


def typed():
    return map(str.rstrip, sys.stdin)


def talk_chat_service(connection, user, channel):
    def messages():
        yield chat_service.ChatMessage(sender=user, channel=channel)
        for line in typed():
            receiver, text = line[1:].split(" ", 1) if line.startswith("@") else ("", line)
            yield chat_service.ChatMessage(sender=user, channel=channel, receiver=receiver, content=text)

    for told in chat_service_pb2_grpc.ChatServiceStub(connection).ChatStream(messages()):
        show(sender=told.sender, content=told.content, receiver=told.receiver, channel=told.channel)


def talk_broadcast(connection, user, _):
    stub = broadcast_pb2_grpc.BroadcastStub(connection)

    def listen():
        for told in stub.CreateStream(broadcast.Connect(user=broadcast.User(id=user, name=user), active=True)):
            show(sender=told.id, content=told.content)

    threading.Thread(target=listen, daemon=True).start()
    for line in typed():
        stub.BroadcastMessage(broadcast.Message(id=user, content=line))


def talk_chat(connection, user, _):
    def events():
        yield stream.ChatStream(login=stream.ChatStream.Login(username=user))
        for line in typed():
            yield stream.ChatStream(message=stream.ChatStream.Message(author=user, content=line))
        yield stream.ChatStream(logout=stream.ChatStream.Logout())

    for told in stream_pb2_grpc.ChatStub(connection).Stream(events()):
        show(sender=told.message.author, content=told.message.content)


def list_channels(connection):
    stub = chat_service_pb2_grpc.ChatServiceStub(connection)
    show(channels=list(stub.ListChannels(chat_service.ListChannelsRequest()).channel_ids))


def main():
    service, address, *who = sys.argv[1:]
    with grpc.insecure_channel(address) as connection:
        {"chat-service": talk_chat_service, "broadcast": talk_broadcast, "chat": talk_chat,
         "channels": list_channels}[service](connection, *who)


if __name__ == "__main__":
    main()
