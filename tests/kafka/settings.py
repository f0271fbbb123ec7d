"""The server.properties of a node."""

SCRAM = "SCRAM-SHA-512"


def node_settings(node, nodes, tls):
    """Every node is a broker and a controller. `tls` is None, or the Tls that the listener for clients uses."""
    replicas = 3 if len(nodes) >= 3 else 1
    settings = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": ",".join(f"{one.id}@127.0.0.1:{one.controller_port}" for one in nodes),
        "listeners": f"CLIENT://127.0.0.1:{node.client_port},BROKER://127.0.0.1:{node.broker_port},"
                     f"CONTROLLER://127.0.0.1:{node.controller_port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "BROKER",
        "listener.security.protocol.map":
            f"CLIENT:{'SASL_SSL' if tls else 'PLAINTEXT'},BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": node.data,

        # A topic made by accident has the wrong settings.
        "auto.create.topics.enable": "false",
        "default.replication.factor": replicas,
        "min.insync.replicas": 2 if replicas == 3 else 1,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": 2 if replicas == 3 else 1,

        # A dead node is noticed, and a group begins, as soon as may be.
        "broker.session.timeout.ms": 6000,
        "group.initial.rebalance.delay.ms": 0,

        # Small, and quick to start: the defaults are for large machines.
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "log.cleaner.dedupe.buffer.size": 4 << 20,
        "log.index.size.max.bytes": 1 << 20,
        "num.network.threads": 2,
        "num.io.threads": 2,
        "background.threads": 2,
    }
    if tls:
        settings |= {
            "sasl.enabled.mechanisms": SCRAM,
            f"listener.name.client.{SCRAM.lower()}.sasl.jaas.config":
                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": tls.server,
        }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
