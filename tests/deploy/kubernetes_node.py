"""A whole cluster of one node in the namespaces of this process: the control plane, and what makes pods run.

This process reaches pods and services, and takes names from the cluster's DNS, as pods do.
"""
import json
import pathlib

import namespaces
import tools
import workshop
from control_plane import ControlPlane

ADDRESS = "10.0.0.1"  # Of the node, and its name, at its loopback interface: it has no other.
POD_NETWORK = "10.244.0.0/16"
SERVICE_NETWORK = "10.96.0.0/16"
SOCKET = "/run/containerd/containerd.sock"
NETWORK = {"cniVersion": "1.0.0", "name": "pods",
           "plugins": [{"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": POD_NETWORK}]],
                                                "routes": [{"dst": "0.0.0.0/0"}]}}]}
CONTAINERD = """\
version = 2
[grpc]
  address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{networks}"
"""
DNS = """\
cluster.local {{
  bind {address}
  errors
  kubernetes {{
    kubeconfig {kubeconfig}
  }}
}}
"""
KUBELET = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
           "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
           "authorization": {"mode": "AlwaysAllow"},
           "containerRuntimeEndpoint": f"unix://{SOCKET}",
           "cgroupDriver": "cgroupfs", "cgroupRoot": f"/{namespaces.CGROUP}",
           "clusterDNS": [ADDRESS], "clusterDomain": "cluster.local", "resolvConf": "",
           "volumePluginDir": "/var/lib/kubelet/plugins",
           # Of a disk that is not the node's alone.
           "evictionHard": {"memory.available": "100Mi"}, "imageGCHighThresholdPercent": 100}


class Node(ControlPlane):
    """Its images are those of an archive: it can fetch none. Lives inside `namespaces`."""

    def __init__(self, images, pause):
        namespaces.separate()
        self._prepare_network()
        super().__init__(namespaces.FOLDER / "processes")
        self._start_containerd(pause)
        workshop.run(["ctr", "--address", SOCKET, "--namespace", "k8s.io", "images", "import", images])
        zone = DNS.format(address=ADDRESS, kubeconfig=self.kubeconfig)
        self._start("coredns", "-conf", self._write("Corefile", zone))
        self._start("kube-scheduler", f"--kubeconfig={self.kubeconfig}", "--leader-elect=false")
        self._start("kubelet", f"--config={self._write('kubelet.json', json.dumps(KUBELET))}",
                    f"--kubeconfig={self.kubeconfig}", f"--hostname-override={ADDRESS}", f"--node-ip={ADDRESS}")
        self._until("the node", lambda: self.kubectl("wait", "--for=condition=Ready", f"node/{ADDRESS}"))
        self._start("kube-proxy", f"--kubeconfig={self.kubeconfig}", f"--hostname-override={ADDRESS}",
                    f"--cluster-cidr={POD_NETWORK}",
                    # These are the whole machine's.
                    "--conntrack-max-per-core=0", "--conntrack-tcp-timeout-established=0",
                    "--conntrack-tcp-timeout-close-wait=0")

    def _prepare_network(self):
        for command in (["ip", "link", "set", "lo", "up"], ["ip", "address", "add", ADDRESS, "dev", "lo"],
                        # Addresses of services are rewritten after that.
                        ["ip", "route", "add", SERVICE_NETWORK, "dev", "lo", "src", ADDRESS]):
            workshop.run(command)
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        names = namespaces.FOLDER / "resolv.conf"
        names.write_text(f"nameserver {ADDRESS}\n")
        workshop.run(["mount", "--bind", names, "/etc/resolv.conf"])

    def _start_containerd(self, pause):
        networks = workshop.fresh(self.folder / "networks")
        self._write("networks/pods.conflist", json.dumps(NETWORK))
        config = self._write("containerd.toml", CONTAINERD.format(socket=SOCKET, pause=pause, networks=networks,
                                                                  plugins=workshop.PROGRAMS))
        self._start("containerd", "--config", config)
        self._until("containerd", lambda: tools.call("ctr", "--address", SOCKET, "version"))

    def _write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path
