"""The tools that judge: helm and Kubernetes' own rules as Go modules, promtool out of Debian's package.

Nothing is installed: all of it lies in build/.
"""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "parley"
RULES = CHART / "files" / "rules.yaml"
DASHBOARDS = CHART / "files" / "dashboards"
RENDER = ROOT / "k8s" / "parley.yaml"
FOLDER = ROOT / "build" / "deploy"
ADMISSION = pathlib.Path(__file__).with_name("admission")
KUBERNETES = ADMISSION.with_name("kubernetes")

# Behind this folder, whose `case` is meant.
sys.path += [str(ROOT / "tests" / "clients"), str(ROOT / "tests" / "kafka")]
import workshop  # noqa: E402

HELM = "helm.sh/helm/v3/cmd/helm@v3.19.0"
GO_MINOR = 24  # What this helm, and Kubernetes 1.34's modules, are written in.
# What it takes for the cluster's version where it asks none: its own builds are told so too, or it is 1.20.
HELM_FLAGS = " ".join(f"-X helm.sh/helm/v3/pkg/{package}.k8sVersion{part}"
                      for package in ("chartutil", "lint/rules") for part in ("Major=1", "Minor=34"))
KUBERNETES_PROGRAMS = ["kube-apiserver", "kube-controller-manager", "kubectl"]
NODE_PROGRAMS = ["kube-scheduler", "kubelet", "kube-proxy"]
COREDNS = "github.com/coredns/coredns@v1.13.1"  # With the k8s.io modules of Kubernetes 1.34.
CNI_PLUGINS = ["ptp", "host-local", "loopback"]
KUBERNETES_VERSION = ["Version=v1.34.1", "Major=1", "Minor=34"]  # Or Helm takes it for an older one.
HEADER = "# What `helm template parley helm/parley` renders: `./dev helm render` writes it. Change the chart instead.\n"


def go_minor():
    if not shutil.which("go"):
        return 0
    said = subprocess.run(["go", "env", "GOVERSION"], env=workshop.environment(), check=True, capture_output=True,
                          text=True).stdout
    found = re.match(r"go1\.(\d+)", said)
    return int(found.group(1)) if found else 0


def need_go():
    minor = go_minor()
    if minor < GO_MINOR:
        raise workshop.OutOfReach(f"needs Go 1.{GO_MINOR}, and " +
                                  (f"Go 1.{minor} is here" if minor else "there is no Go"))


def make_go_tools():
    need_go()
    workshop.run(["go", "install", "-ldflags", HELM_FLAGS, HELM])
    workshop.run(["go", "build", "-o", workshop.PROGRAMS / "admission"], ADMISSION)


def unpack(package, programs, where="usr/bin"):
    """Debian's package would start a server when it is installed; it is unpacked instead."""
    folder = workshop.fresh(FOLDER / package)
    subprocess.run(["apt-get", "download", "-q", package], cwd=folder, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    packages = list(folder.glob("*.deb"))
    if not packages:
        raise workshop.OutOfReach(f"apt-get cannot download Debian's package {package}; has `apt-get update` run?")
    workshop.run(["dpkg-deb", "--extract", packages[0], folder])
    for program in programs:
        shutil.copy(folder / where / program, workshop.PROGRAMS)
    shutil.rmtree(folder)


def make_promtool():
    unpack("prometheus", ["promtool", "prometheus"])


def build_of_kubernetes(programs):
    need_go()
    flags = " ".join(["-s -w"] + [f"-X {package}/version.git{part}" for part in KUBERNETES_VERSION
                                  for package in ("k8s.io/component-base", "k8s.io/client-go/pkg")])
    workshop.run(["go", "build", "-ldflags", flags, "-o", workshop.PROGRAMS,
                  *(f"k8s.io/kubernetes/cmd/{name}" for name in programs)], KUBERNETES)


def make_kubernetes():
    build_of_kubernetes(KUBERNETES_PROGRAMS)
    unpack("etcd-server", ["etcd"])


def make_node():
    build_of_kubernetes(NODE_PROGRAMS)
    workshop.run(["go", "install", COREDNS])
    unpack("containernetworking-plugins", CNI_PLUGINS, "usr/lib/cni")


PARTS = {"helm": ([ADMISSION], make_go_tools), "promtool": ([], make_promtool),
         "kubernetes": ([KUBERNETES], make_kubernetes), "node": ([KUBERNETES], make_node)}


def prepare(names):
    """Returns what could not be had, as reasons by name."""
    workshop.PROGRAMS.mkdir(parents=True, exist_ok=True)
    missing = {}
    for name in names:
        sources, make = PARTS[name]
        try:
            workshop.once(f"deploy-{name}", sources, make)
        except workshop.OutOfReach as error:
            missing[name] = str(error)
    return missing


def call(program, *arguments, stdin=None):
    """Runs a tool; what it printed is in `stdout` and `stderr`."""
    return subprocess.run([program, *map(str, arguments)], cwd=ROOT, env=workshop.environment(), input=stdin,
                          capture_output=True, text=True, check=False)


def helm_template(*arguments):
    return call("helm", "template", "parley", CHART, *arguments)


def render_of_defaults():
    rendered = helm_template("--skip-tests")
    if rendered.returncode != 0:
        sys.exit(rendered.stderr)
    return HEADER + rendered.stdout
