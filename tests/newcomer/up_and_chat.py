#!/usr/bin/env python3
"""What a newcomer does: `./dev up`, two `parley chat` in two terminals, Ctrl-C. Drives them through real terminals.

Usage: up_and_chat.py [--standard-ports]
"""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
FREE_PORTS = ["--listen=127.0.0.1:0", "--link-listen=127.0.0.1:0", "--presence-listen=127.0.0.1:0",
              "--admin-listen=127.0.0.1:0"]
BUILD_SECONDS = 3600
READY_SECONDS = 60


def fail(message, *terminals):
    for terminal in terminals:
        print(f"--- {terminal.name}\n{terminal.before}", file=sys.stderr)
    sys.exit(f"up_and_chat: {message}")


def expect(terminal, pattern, seconds=20):
    try:
        terminal.expect(pattern, timeout=seconds)
    except (pexpect.TIMEOUT, pexpect.EOF):
        fail(f"did not see {pattern!r}", terminal)


def start_product(endpoints, ports):
    product = pexpect.spawn(str(ROOT / "dev"), ["up", *ports, f"--print-endpoints={endpoints}"],
                            cwd=ROOT, encoding="utf-8", timeout=BUILD_SECONDS, dimensions=(50, 160))
    expect(product, "forgets everything", BUILD_SECONDS)
    expect(product, r"parley chat --user", READY_SECONDS)
    expect(product, "Ctrl-C", READY_SECONDS)
    return product


def start_chat(user, gateway):
    terminal = pexpect.spawn(str(ROOT / "build/release/bin/parley"), ["chat", "--server", gateway, "--user", user],
                             encoding="utf-8", dimensions=(50, 160))
    expect(terminal, "general")
    return terminal


def ports_of(endpoints):
    addresses = [endpoints["broker"]]
    for service in ("gateways", "routers", "presences"):
        for instance in endpoints[service]:
            addresses += [value for key, value in instance.items() if key != "id" and value]
    return [int(address.rsplit(":", 1)[1]) for address in addresses]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children_of(pid):
    listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(line) for line in listing.split()]


def chat(gateway):
    ann = start_chat("ann", gateway)
    bob = start_chat("bob", gateway)
    expect(ann, "bob")  # She is told that he came.
    ann.sendline("hello bob")
    expect(bob, r"ann.*hello bob")
    bob.sendline("hello ann, \u2615?")
    expect(ann, "bob.*hello ann, \u2615\\?")
    ann.sendline("/quit")
    expect(bob, "ann.*left")
    bob.sendline("/quit")
    for terminal in (ann, bob):
        expect(terminal, pexpect.EOF)
        terminal.close()
        if terminal.exitstatus != 0:
            fail(f"chat ended with {terminal.exitstatus}", terminal)


def stop_and_look(product, ports):
    processes = [product.pid, *children_of(product.pid)]
    product.sendintr()
    expect(product, pexpect.EOF, READY_SECONDS)
    product.close()
    if product.exitstatus != 0:
        fail(f"./dev up ended with {product.exitstatus} after Ctrl-C", product)
    left = [pid for pid in processes if pathlib.Path(f"/proc/{pid}").exists()]
    still_open = [port for port in ports if is_open(port)]
    if left or still_open:
        fail(f"left behind: processes {left}, ports {still_open}")


def main():
    ports = [] if "--standard-ports" in sys.argv else FREE_PORTS
    with tempfile.TemporaryDirectory() as folder:
        for attempt in ("first", "second"):
            path = pathlib.Path(folder) / f"{attempt}.json"
            began = time.monotonic()
            product = start_product(path, ports)
            print(f"{attempt} ./dev up: ready after {time.monotonic() - began:.1f} s")
            endpoints = json.loads(path.read_text())
            chat(endpoints["gateways"][0]["grpc"])
            stop_and_look(product, ports_of(endpoints))
    print("two people chatted through ./dev up, twice; nothing was left behind")


if __name__ == "__main__":
    main()
