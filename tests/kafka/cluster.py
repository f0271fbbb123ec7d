"""A Kafka cluster of one or three nodes on loopback, all of it in one folder."""
import base64
import json
import pathlib
import shutil
import time
import uuid

import jars
import ports
import probe
import settings
from node import Node
from tls import Tls

READY_SECONDS = 60
POLL_SECONDS = 0.05


def new_cluster_id():
    """As Kafka makes them: one that begins with a dash would be taken for an option."""
    while True:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not cluster_id.startswith("-"):
            return cluster_id


class ClusterError(Exception):
    """What went wrong, in a line or with the end of a node's log."""


class Cluster:
    """`folder` says which: several clusters may live side by side.

    Nothing is kept in memory but what the folder holds, so any process may control a cluster that another one made.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self._description = self.folder / "cluster.json"
        self.nodes, self.scram = [], None
        if self._description.is_file():
            description = json.loads(self._description.read_text())
            self.scram = description["scram"]
            self.nodes = [Node(self.folder, one["id"], one["client"], one["broker"], one["controller"])
                          for one in description["nodes"]]

    def up(self, node_count, port=None, scram=None):
        """Makes the cluster and waits until it works.

        The nodes listen for clients on `port` and those after it, or on free ports. With `scram` ({"user", "password"})
        that listener wants TLS and SCRAM; the nodes among themselves do without.
        """
        if self.running():
            raise ClusterError(f"{self.folder} is up already: see `status`, or `down` it first")
        self.down()
        jars.fetch()
        self._describe(node_count, port, scram)
        self._format()
        self.start(*(node.id for node in self.nodes))

    def down(self):
        """Kills what runs and removes the folder. Harmless when there is nothing."""
        for node in self.nodes:
            node.kill()
        if self._description.is_file():
            shutil.rmtree(self.folder)
        self.nodes, self.scram = [], None

    def running(self):
        return [node.id for node in self.nodes if node.pid() is not None]

    def node(self, node_id):
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise ClusterError(f"{self.folder} has no node {node_id}: " +
                           (f"there are 1 to {len(self.nodes)}" if self.nodes else "nothing is up"))

    def start(self, *node_ids):
        """Starts nodes that are down, and waits until all that run count them as alive.

        Give those together that cannot work alone: two of three controllers are needed.
        """
        for node_id in node_ids:
            self.node(node_id).start()
        self._await_alive(node_ids)

    def _await_alive(self, wanted):
        deadline = time.monotonic() + READY_SECONDS
        for node in self.nodes:
            if node.id not in wanted and (node.pid() is None or node.paused()):
                continue
            while not probe.live_brokers(node.broker_port).issuperset(wanted):
                if node.pid() is None:
                    raise ClusterError(f"node {node.id} has ended; the end of {node.log}:\n{node.end_of_log()}")
                if time.monotonic() > deadline:
                    raise ClusterError(f"node {node.id} does not see the nodes {wanted}; the end of {node.log}:\n" +
                                       node.end_of_log())
                time.sleep(POLL_SECONDS)

    def brokers(self):
        """What a client is told as bootstrap servers."""
        return ",".join(f"127.0.0.1:{node.client_port}" for node in self.nodes)

    def client_properties(self):
        """All that a librdkafka client must set."""
        properties = {"bootstrap.servers": self.brokers()}
        if self.scram:
            properties |= {"security.protocol": "SASL_SSL", "ssl.ca.location": str(self._tls().authority),
                           "sasl.mechanism": settings.SCRAM, "sasl.username": self.scram["user"],
                           "sasl.password": self.scram["password"]}
        return properties

    def _tls(self):
        return Tls(self.folder / "tls") if self.scram else None

    def _describe(self, node_count, port, scram):
        self.folder.mkdir(parents=True, exist_ok=True)
        given = [port + i for i in range(node_count)] if port else []
        free = ports.free_ports(3 * node_count - len(given), given)
        self.scram = scram
        self.nodes = []
        for node_id, client_port in enumerate(given or [free.pop() for _ in range(node_count)], 1):
            self.nodes.append(Node(self.folder, node_id, client_port, free.pop(), free.pop()))
        description = {"scram": scram, "nodes": [node.ports() for node in self.nodes]}
        self._description.write_text(json.dumps(description))
        self._description.chmod(0o600)

    def _format(self):
        tls = self._tls()
        if tls:
            tls.make()
        cluster_id = new_cluster_id()
        formatters = [(node, node.format(self.nodes, cluster_id, tls, self.scram)) for node in self.nodes]
        for node, formatter in formatters:
            if formatter.wait() != 0:
                raise ClusterError(f"node {node.id} cannot make its storage; {node.log}:\n{node.end_of_log()}")
