"""Kafka's server jars: fetched by Maven as pom.xml names them, once, into build/kafka/libs."""
import fcntl
import hashlib
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
POM = pathlib.Path(__file__).with_name("pom.xml")
HOME = ROOT / "build" / "kafka"
LIBS = HOME / "libs"
FETCH_SECONDS = 600


class JarsUnavailable(Exception):
    """Maven could not fetch the jars; the message says why."""


def _stamp():
    return hashlib.sha256(POM.read_bytes()).hexdigest()


def _are_there():
    stamp = LIBS / "pom.sha256"
    return stamp.is_file() and stamp.read_text() == _stamp()


def _run_maven(folder):
    command = ["mvn", "--batch-mode", "--quiet", "-f", str(POM), "dependency:copy-dependencies",
               "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    try:
        maven = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except FileNotFoundError:
        raise JarsUnavailable("there is no `mvn`: install Debian's package maven (./dev kafka does)") from None
    except subprocess.TimeoutExpired:
        raise JarsUnavailable(f"Maven did not end within {FETCH_SECONDS} s") from None
    if maven.returncode != 0:
        said = [line for line in (maven.stdout + maven.stderr).splitlines() if "ERROR" in line]
        raise JarsUnavailable(f"Maven: {said[0] if said else 'exit code ' + str(maven.returncode)}")


def fetch():
    """Makes sure that the jars are there; several processes may ask at once. Throws JarsUnavailable."""
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / "libs.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _are_there():
            return
        # Fetched beside and moved into place, so that a broken fetch leaves nothing half done.
        beside = HOME / "libs.new"
        for folder in (beside, LIBS):
            shutil.rmtree(folder, ignore_errors=True)
        _run_maven(beside)
        (beside / "pom.sha256").write_text(_stamp())
        beside.rename(LIBS)


def classpath():
    return str(LIBS / "*")
