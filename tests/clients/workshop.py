"""Makes what the tests run, out of packages that are fetched by name: once, and again when its sources change."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "clients"
PROGRAMS = FOLDER / "bin"
STUBS = FOLDER / "stubs"
FOREIGN = ROOT / "tests" / "clients" / "foreign"
COMPAT = ROOT / "proto" / "compat"
PUBLIC = ROOT / "proto" / "parley" / "v1"
STUB_SOURCES = [COMPAT, PUBLIC]
COMPAT_PROTOS = ["chat_service.proto", "broadcast.proto", "stream.proto"]
PUBLIC_PROTOS = ["parley/v1/record.proto", "parley/v1/chat.proto"]
EXAMPLES = ("python", "go", "node")
# The newest that build with Debian's Go 1.19.
GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.8.9"
STUB_MAKERS = ["google.golang.org/protobuf/cmd/protoc-gen-go@v1.33.0",
               "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.3.0"]
OUT_OF_REACH = re.compile(
    r"no such host|dial tcp|i/o timeout|TLS handshake|connection re(set|fused)|network is unreachable|"
    r"ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|50[234] ", re.IGNORECASE)


class OutOfReach(Exception):
    """A registry did not answer; nothing can be said about what should have come from it."""


def environment():
    # This Python is the one that has the modules; what is built beside it is found before what others installed.
    path = os.pathsep.join([str(PROGRAMS), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "GOBIN": str(PROGRAMS), "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}


def run(command, folder=ROOT):
    done = subprocess.run(command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return
    said = done.stdout.strip()
    if found := OUT_OF_REACH.search(said):
        line = next(line for line in said.splitlines() if found.group(0) in line)
        raise OutOfReach(line.strip())
    raise RuntimeError(f"{' '.join(command)}\n{said}")


def digest(paths):
    total = hashlib.sha256(sys.version.encode())
    for path in sorted(file for given in paths for file in ([given] if given.is_file() else given.rglob("*"))):
        if path.is_file():
            total.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return total.hexdigest()


def once(name, sources, make):
    """Calls `make` unless it was done from the same sources before."""
    stamp, wanted = FOLDER / f"{name}.made", digest([*sources, pathlib.Path(__file__)])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"==> fetching and building {name}", flush=True)
    began = time.monotonic()
    make()
    stamp.write_text(wanted)
    print(f"    {name}: {time.monotonic() - began:.0f} s", flush=True)


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def make_python_stubs():
    fresh(STUBS)
    plugin = shutil.which("grpc_python_plugin")
    for root, protos in ((COMPAT, COMPAT_PROTOS), (ROOT / "proto", PUBLIC_PROTOS)):
        run(["protoc", f"-I{root}", f"--plugin=protoc-gen-grpc_python={plugin}", f"--python_out={STUBS}",
             f"--grpc_python_out={STUBS}", *protos])


def use_python_stubs():
    """Makes them where they are not there, and lets this program import them."""
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    once("python-stubs", STUB_SOURCES, make_python_stubs)
    sys.path.insert(0, str(STUBS))


def make_foreign_go():
    folder = fresh(FOLDER / "foreign-go")
    for name in ("main.go", "go.mod", "go.sum"):
        shutil.copy(FOREIGN / name, folder)
    for maker in STUB_MAKERS:
        run(["go", "install", maker])
    package = ",".join(f"M{proto}=./chat" for proto in COMPAT_PROTOS)
    run(["protoc", f"-I{COMPAT}", f"--go_out={package}:.", f"--go-grpc_out={package}:.", *COMPAT_PROTOS], folder)
    run(["go", "build", "-o", PROGRAMS / "foreign"], folder)


def blocks_of(language):
    """The two blocks of commands in an example's README: how it is made and how it is started."""
    text = (ROOT / "examples" / language / "README.md").read_text()
    made, started = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return made, started


def example_folder(language):
    return ROOT / "build" / f"chat-{language}"


def make_example(language):
    """Does what its README says."""
    shutil.rmtree(example_folder(language), ignore_errors=True)
    run(["bash", "-euo", "pipefail", "-c", blocks_of(language)[0]])


def example_command(language, user, addresses, channel):
    start = blocks_of(language)[1].split(" --user")[0]
    return [*start.split(), "--user", user, "--addresses", ",".join(addresses), "--channel", channel]


def prepare():
    """Returns what could not be fetched, as reasons by name."""
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    parts = {"python stubs": (STUB_SOURCES, make_python_stubs),
             "foreign go client": ([FOREIGN, COMPAT], make_foreign_go),
             "grpcurl": ([], lambda: run(["go", "install", GRPCURL]))}
    for language in EXAMPLES:
        parts[f"{language} example"] = ([ROOT / "examples" / language, PUBLIC],
                                        lambda language=language: make_example(language))
    missing = {}
    for name, (sources, make) in parts.items():
        try:
            once(name.replace(" ", "-"), sources, make)
        except OutOfReach as error:
            missing[name] = str(error)
    return missing
