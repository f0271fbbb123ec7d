"""Where a node may do as nodes do: network, mounts and processes of its own, which end with it.

A node makes interfaces, rules and mounts, and processes that outlive it. In here nobody else sees them.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

import tools
import workshop

FOLDER = tools.FOLDER / "cluster"
OWN_FOLDERS = {pathlib.Path("/var/lib"): FOLDER / "lib", pathlib.Path("/var/log"): FOLDER / "log"}
CGROUP = "parley-tests"
INSIDE = "PARLEY_TESTS_INSIDE"
# What the kubelet wants of the kernel, and would have the whole machine keep.
TUNABLES = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10, "kernel/panic_on_oops": 1,
            "kernel/keys/root_maxkeys": 1_000_000, "kernel/keys/root_maxbytes": 25_000_000}


def is_inside():
    return INSIDE in os.environ


def run_inside():
    """Runs this program anew inside. Returns its exit code."""
    workshop.fresh(FOLDER)
    for parent in _cgroup_parents():
        (parent / CGROUP).mkdir(exist_ok=True)
    try:
        return subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                               sys.executable, *sys.argv], env={**os.environ, INSIDE: "1"}, check=False).returncode
    finally:
        _clean()


def _cgroup_parents():
    """One for each controller, or the only one."""
    root = pathlib.Path("/sys/fs/cgroup")
    return [root] if (root / "cgroup.procs").exists() else [one for one in root.iterdir() if not one.is_symlink()]


def _clean():
    for parent in _cgroup_parents():
        for folder, _, _ in os.walk(parent / CGROUP, topdown=False):
            with contextlib.suppress(FileNotFoundError):
                os.rmdir(folder)
    shutil.rmtree(FOLDER / "lib", ignore_errors=True)


def separate():
    """What programs inside write to, apart from their folders, is not the machine's from now on."""
    for place, own in OWN_FOLDERS.items():
        own.mkdir()
        workshop.run(["mount", "--bind", own, place])
    workshop.run(["mount", "-t", "tmpfs", "tmpfs", "/run"])
    for name, value in TUNABLES.items():
        said = FOLDER / name.replace("/", "-")
        said.write_text(f"{value}\n")
        workshop.run(["mount", "--bind", said, pathlib.Path("/proc/sys") / name])
