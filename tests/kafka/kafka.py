#!/usr/bin/env python3
"""Real Kafka brokers to work and test with. README.md beside this file has examples."""
import argparse
import pathlib
import sys

import jars
from cluster import Cluster, ClusterError

NOT_UP, UNAVAILABLE = 3, 4


def up(cluster, options):
    if cluster.running():
        raise ClusterError(f"a cluster is up already in {cluster.folder}: see `status`")
    scram = {"user": options.user, "password": options.password} if options.secure else None
    try:
        cluster.up(options.nodes, options.port, scram)
    except BaseException:
        # The folder stays, for its logs.
        for node in cluster.nodes:
            node.kill()
        raise
    status(cluster, options)


def down(cluster, _):
    cluster.down()


def status(cluster, _):
    """Says what runs; the exit code is 3 unless every node does."""
    for node in cluster.nodes:
        pid = node.pid()
        print(f"node {node.id}  {'pid ' + str(pid) if pid else 'not running'}  127.0.0.1:{node.client_port}  {node.log}")
    if not cluster.nodes:
        print(f"nothing is up in {cluster.folder}")
    else:
        print(f"brokers {cluster.brokers()}")
    return 0 if cluster.nodes and len(cluster.running()) == len(cluster.nodes) else NOT_UP


def properties(cluster, _):
    for name, value in cluster.client_properties().items():
        print(f"{name}={value}")


def brokers(cluster, _):
    print(cluster.brokers())


def fetch(*_):
    jars.fetch()


def start(cluster, options):
    cluster.start(*options.node)


def kill(cluster, options):
    for node in options.node:
        cluster.node(node).kill(options.hard)


def stop(cluster, options):
    for node in options.node:
        cluster.node(node).stop()


def cont(cluster, options):
    for node in options.node:
        cluster.node(node).cont()


def parse():
    parser = argparse.ArgumentParser(prog="kafka.py", description=__doc__)
    parser.add_argument("--dir", type=pathlib.Path, default=jars.HOME / "cluster",
                        help="the cluster's folder (default: build/kafka/cluster); one for each cluster")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(run, help_text, of_nodes=False):
        described = commands.add_parser(run.__name__, help=help_text, description=help_text)
        described.set_defaults(run=run)
        if of_nodes:
            described.add_argument("node", type=int, nargs="+", help="1, 2 or 3")
        return described

    of_up = command(up, "start a cluster and wait until it works")
    of_up.add_argument("--nodes", type=int, choices=(1, 3), default=1)
    of_up.add_argument("--port", type=int, help="of the first node; the others follow (default: free ports)")
    of_up.add_argument("--secure", action="store_true", help="clients need TLS and SCRAM-SHA-512")
    of_up.add_argument("--user", default="parley")
    of_up.add_argument("--password", default="parley-secret")
    command(down, "kill the cluster's processes and remove its folder")
    command(status, "say what runs; exit code 3 unless every node does")
    command(brokers, "print HOST:PORT,… for clients")
    command(properties, "print what a librdkafka client must set, NAME=VALUE each line")
    command(start, "start nodes that are down, and wait until they work", of_nodes=True)
    of_kill = command(kill, "end nodes in order, or at once with -9", of_nodes=True)
    of_kill.add_argument("-9", dest="hard", action="store_true")
    command(stop, "freeze nodes (SIGSTOP)", of_nodes=True)
    command(cont, "let frozen nodes go on (SIGCONT)", of_nodes=True)
    command(fetch, "fetch Kafka's jars; exit code 4 when that cannot be done")
    return parser.parse_args()


def main():
    options = parse()
    try:
        sys.exit(options.run(Cluster(options.dir), options))
    except jars.JarsUnavailable as error:
        print(f"kafka: {error}", file=sys.stderr)
        sys.exit(UNAVAILABLE)
    except (ClusterError, RuntimeError) as error:
        sys.exit(f"kafka: {error}")


if __name__ == "__main__":
    main()
