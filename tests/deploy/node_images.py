"""The images that a node starts with, as one archive. Docker makes them, where a registry is in reach of it or not."""
import shutil

import tools
import workshop
from docker_case import BASE, KAFKA, expect, is_there, make_base, make_kafka

ARCHIVE = tools.FOLDER / "images.tar"
PAUSE = "pause:of-the-tests"
PARLEY = "parley:of-the-tests"
PROGRAMS = ("parley-gateway", "parley-router", "parley-presence", "parley-standalone", "parley")


def make(programs):
    if not is_there(BASE):
        make_base()
    if not is_there(KAFKA):
        make_kafka()
    make_parley(programs)
    # What holds a pod's namespaces: it need only be there.
    expect("docker", "build", "--tag", PAUSE, "-", input=f'FROM {BASE}\nCMD ["sleep", "infinity"]\n')
    expect("docker", "save", "--output", ARCHIVE, PARLEY, KAFKA, PAUSE)


def make_parley(programs):
    """The Dockerfile's last stage around programs that are built already."""
    folder = workshop.fresh(tools.FOLDER / "parley-image")
    for program in PROGRAMS:
        workshop.run(["strip", "-o", folder / program, programs / program])
    last = (tools.ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
    (folder / "Dockerfile").write_text(f"FROM scratch AS build\nCOPY parley* /programs/\nFROM {last}")
    expect("docker", "build", "--tag", PARLEY, folder)
    shutil.rmtree(folder)
