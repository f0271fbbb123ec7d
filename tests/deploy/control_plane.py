"""Kubernetes' control plane on loopback: etcd, the API server, the controllers.

It has no node: pods are made, none runs.
"""
import contextlib
import pathlib
import subprocess

import tools
import workshop
from ports import free_ports
from waiting import wait_until

SECONDS_TO_START = 120
SECONDS_TO_END = 20


class ControlPlane(contextlib.ExitStack):
    """Runs until it is closed; its folder keeps its logs."""

    def __init__(self, folder):
        super().__init__()
        self.folder = workshop.fresh(pathlib.Path(folder))
        self.kubeconfig = self.folder / "kubeconfig"
        etcd, peers, api, controllers = free_ports(4)
        self._write_credentials(api)
        with contextlib.ExitStack() as undo:
            undo.push(self)
            self._start("etcd", f"--data-dir={self.folder}/etcd", f"--listen-client-urls=http://127.0.0.1:{etcd}",
                        f"--advertise-client-urls=http://127.0.0.1:{etcd}",
                        f"--listen-peer-urls=http://127.0.0.1:{peers}", "--unsafe-no-fsync")
            self._start("kube-apiserver", f"--etcd-servers=http://127.0.0.1:{etcd}", "--bind-address=127.0.0.1",
                        "--advertise-address=127.0.0.1", f"--secure-port={api}", f"--cert-dir={self.folder}",
                        "--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/16",
                        "--authorization-mode=RBAC", f"--token-auth-file={self.folder}/tokens",
                        "--service-account-issuer=https://127.0.0.1",
                        f"--service-account-key-file={self.folder}/key.pem",
                        f"--service-account-signing-key-file={self.folder}/key.pem")
            wait_until(f"the API server is ready; its log is in {self.folder}", SECONDS_TO_START,
                       lambda: self.kubectl("get", "--raw", "/readyz").returncode == 0, pause=0.5)
            self._start("kube-controller-manager", f"--kubeconfig={self.kubeconfig}", "--bind-address=127.0.0.1",
                        f"--secure-port={controllers}", "--leader-elect=false",
                        f"--service-account-private-key-file={self.folder}/key.pem",
                        "--horizontal-pod-autoscaler-sync-period=1s")
            undo.pop_all()

    def kubectl(self, *arguments, stdin=None):
        return tools.call("kubectl", f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.folder}/cache", *arguments,
                          stdin=stdin)

    def helm(self, *arguments):
        return tools.call("helm", f"--kubeconfig={self.kubeconfig}", *arguments)

    def _write_credentials(self, port):
        workshop.run(["openssl", "genrsa", "-out", self.folder / "key.pem", "2048"])
        (self.folder / "tokens").write_text("of-the-tests,tests,tests,system:masters\n")
        # The API server makes the certificate itself.
        self.kubeconfig.write_text(f"""\
apiVersion: v1
kind: Config
current-context: tests
contexts: [{{name: tests, context: {{cluster: tests, user: tests}}}}]
clusters: [{{name: tests, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority: apiserver.crt}}}}]
users: [{{name: tests, user: {{token: of-the-tests}}}}]
""")
        self.kubeconfig.chmod(0o600)

    def _start(self, program, *options):
        log = self.enter_context(open(self.folder / f"{program}.log", "wb"))
        process = subprocess.Popen([program, *options], env=workshop.environment(), stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=subprocess.STDOUT)
        self.callback(self._end, process)

    def _end(self, process):
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
