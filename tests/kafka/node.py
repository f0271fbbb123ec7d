"""One node of a cluster: a broker that is a controller too."""
import pathlib
import shutil
import signal
import subprocess

import daemon
import jars
import settings

JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
HEAP = ["-Xms64m", "-Xmx256m"]
LOG = ["-Dorg.slf4j.simpleLogger.showDateTime=true", "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
       "-Dorg.slf4j.simpleLogger.levelInBrackets=true", "-Dorg.slf4j.simpleLogger.log.org.apache.zookeeper=error"]
ORDERLY_SECONDS = 20
LOG_LINES_SHOWN = 15


class Node:
    def __init__(self, folder, node_id, client_port, broker_port, controller_port):
        self.id = node_id
        self.client_port, self.broker_port, self.controller_port = client_port, broker_port, controller_port
        self.folder = pathlib.Path(folder) / f"node{node_id}"
        self.data = self.folder / "data"
        self.log = self.folder / "node.log"
        self._settings = self.folder / "server.properties"
        self._daemon = daemon.Daemon(self.folder / "node.pid")

    def ports(self):
        return {"id": self.id, "client": self.client_port, "broker": self.broker_port,
                "controller": self.controller_port}

    def format(self, nodes, cluster_id, tls, scram):
        """Makes the node's folder anew. Returns the process that writes the storage, to be waited for."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._settings.write_text(settings.node_settings(self, nodes, tls))
        command = [*JAVA, *LOG, "-cp", jars.classpath(), "kafka.tools.StorageTool", "format",
                   "--cluster-id", cluster_id, "--config", str(self._settings)]
        if scram:
            command += ["--add-scram", f"{settings.SCRAM}=[name={scram['user']},password={scram['password']}]"]
        with open(self.log, "ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        """Does not wait until it works: the cluster knows when a node does."""
        if self.pid() is None:
            command = [*JAVA, *HEAP, *LOG, "-cp", jars.classpath(), "kafka.Kafka", str(self._settings)]
            self._daemon.start(command, self.log)

    def pid(self):
        return self._daemon.pid()

    def paused(self):
        return self._daemon.paused()

    def kill(self, hard=True):
        """At once, or in order: partitions are handed over first, and a node that cannot do so in time is killed."""
        if hard:
            self._daemon.end(signal.SIGKILL)
        else:
            self._daemon.end(signal.SIGTERM, ORDERLY_SECONDS)

    def stop(self):
        """Freezes it: its connections stay, it says nothing."""
        self._daemon.send(signal.SIGSTOP)

    def cont(self):
        self._daemon.send(signal.SIGCONT)

    def end_of_log(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:])
