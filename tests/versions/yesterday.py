"""Builds the services as they were before the newest change to them."""
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/yesterday"
PROGRAMS = ["parley-gateway", "parley-router", "parley-presence"]
# What the services are made of, and what they say to clients and to one another.
PARTS = ["services", "proto", "client", ":(exclude)*.md"]


class NoHistory(Exception):
    """The clone does not reach back so far."""


def git(*arguments):
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def find():
    """The parent of the newest commit that changed the services: its programs are not today's."""
    newest = git("log", "-1", "--format=%H", "--", *PARTS)
    parent = git("rev-parse", "--verify", "--quiet", f"{newest}^") if newest else ""
    if not parent:
        raise NoHistory
    return parent


def check_out(commit, source):
    """Files that two commits share keep their times, so that little is built anew."""
    def at(revision, what="HEAD"):
        return git("-C", source, "rev-parse", what) == revision

    if source.is_dir() and at(str(source), "--show-toplevel"):
        git("-C", source, "checkout", "--quiet", "--force", "--detach", commit)
        if at(commit):
            return
    shutil.rmtree(source, ignore_errors=True)
    git("worktree", "prune")
    subprocess.run(["git", "-C", ROOT, "worktree", "add", "--quiet", "--force", "--detach", source, commit], check=True)


def build(commit):
    """Returns the folder of the programs. Sources and build lie to one another as today's do, so ccache knows what
    has not changed since."""
    source = FOLDER / "src"
    FOLDER.mkdir(parents=True, exist_ok=True)
    check_out(commit, source)
    environment = os.environ | {"CCACHE_BASEDIR": str(source), "CCACHE_NOHASHDIR": "true"}
    made = source / "build/release"
    with open(FOLDER / "build.log", "w", encoding="utf-8") as log:
        for command in (["cmake", "--preset", "release"], ["ninja", "-C", made, *PROGRAMS]):
            done = subprocess.run(command, cwd=source, env=environment, stdout=log, stderr=log, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"yesterday's programs do not build: see {log.name}")
    return made / "bin"
