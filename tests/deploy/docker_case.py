"""What the tests on a real Docker share: the images that no registry gives here, and calls."""
import json
import shutil
import subprocess

import tools
import workshop
from case import DeployTest

BASE = "debian:bookworm-slim"
KAFKA = "kafka-for-tests:3.9.2"
PARLEY = "parley:dev"
KAFKA_IMAGE = tools.KUBERNETES.with_name("kafka_image")


def call(*command, **options):
    return subprocess.run([str(word) for word in command], cwd=tools.ROOT, capture_output=True, text=True, check=False,
                          **options)


def expect(*command, **options):
    """What it printed."""
    done = call(*command, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def inspect(name, kind="image"):
    return json.loads(expect("docker", kind, "inspect", name))[0]


def is_there(image):
    return call("docker", "image", "inspect", image).returncode == 0


def make_base():
    """Debian's smallest, out of its packages: what the registry's image of this name is made of too."""
    folder = workshop.fresh(tools.FOLDER / "base")
    expect("debootstrap", "--variant=minbase", "bookworm", folder)
    for what in folder.glob("var/cache/apt/archives/*.deb"):
        what.unlink()
    expect("bash", "-o", "pipefail", "-c", f"tar -C {folder} -c . | docker import - {BASE}")
    shutil.rmtree(folder)


def make_kafka():
    import jars  # Where there is no Maven this is not asked for.
    jars.fetch()
    folder = workshop.fresh(tools.FOLDER / "kafka-image")
    shutil.copytree(KAFKA_IMAGE, folder, dirs_exist_ok=True)
    shutil.copytree(jars.LIBS, folder / "libs")
    expect("docker", "build", "--tag", KAFKA, folder)
    shutil.rmtree(folder)


class DockerTest(DeployTest):
    """The base and the image are made where they are not there; the image anew with each run, out of what is cached."""

    @classmethod
    def setUpClass(cls):
        if not is_there(BASE):
            make_base()
        expect("./dev", "image")
