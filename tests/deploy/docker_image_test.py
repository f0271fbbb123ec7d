"""The image that `./dev image` builds: `run.py --on docker`."""
import gzip
import json
import tarfile
import tempfile

from docker_case import BASE, PARLEY, DockerTest, call, expect, inspect

MEGABYTE = 1_000_000
SIZE_MAX = 40 * MEGABYTE
PROGRAMS = ["parley-gateway", "parley-router", "parley-presence", "parley-standalone", "parley"]
COMPILERS = {"cc", "c++", "gcc", "g++", "clang", "cpp", "as", "ld", "make", "cmake", "ninja", "protoc", "cc1",
             "cc1plus", "collect2"}
# As in Compose and in Kubernetes.
UNPRIVILEGED = ["--rm", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none"]


class Counter:
    """A file that only counts."""
    size = 0

    def write(self, data):
        self.size += len(data)
        return len(data)


def compressed(file):
    counter = Counter()
    with gzip.GzipFile(fileobj=counter, mode="wb", compresslevel=6) as packed:
        while block := file.read(1 << 20):
            packed.write(block)
    return counter.size


class DockerImageTest(DockerTest):
    def test_on_top_of_its_base_it_is_small(self):
        below = len(inspect(BASE)["RootFS"]["Layers"])
        with tempfile.NamedTemporaryFile() as saved:
            expect("docker", "save", "--output", saved.name, PARLEY)
            with tarfile.open(saved.name) as archive:
                layers = json.load(archive.extractfile("manifest.json"))[0]["Layers"]
                sizes = [compressed(archive.extractfile(layer)) for layer in layers[below:]]
        print(f"compressed, on top of the base: {sizes}, {sum(sizes) / MEGABYTE:.1f} MB")
        self.assertTrue(sizes)
        self.assertLess(sum(sizes), SIZE_MAX)

    def test_it_stands_on_the_base(self):
        base = inspect(BASE)["RootFS"]["Layers"]
        self.assertEqual(inspect(PARLEY)["RootFS"]["Layers"][:len(base)], base)

    def test_it_is_nobody(self):
        self.assertEqual(inspect(PARLEY)["Config"]["User"], "65532:65532")
        self.assertIn("uid=65532 gid=65532", expect("docker", "run", *UNPRIVILEGED, PARLEY, "id"))

    def test_each_program_runs_with_a_read_only_root(self):
        for program in PROGRAMS:
            with self.subTest(program):
                said = expect("docker", "run", *UNPRIVILEGED, PARLEY, program, "--version")
                self.assertRegex(said, r"\d+\.\d+\.\d+")
        touched = call("docker", "run", *UNPRIVILEGED, PARLEY, "touch", "/tmp/file")
        self.assertIn("Read-only file system", touched.stderr)

    def test_nothing_in_it_compiles(self):
        container = expect("docker", "create", PARLEY).strip()
        self.addCleanup(expect, "docker", "rm", container)
        with tempfile.NamedTemporaryFile() as exported:
            expect("docker", "export", "--output", exported.name, container)
            with tarfile.open(exported.name) as archive:
                names = {name.rsplit("/", 1)[-1] for name in archive.getnames()}
        self.assertIn("parley-gateway", names)
        found = {name for name in names if name in COMPILERS or name.startswith(("gcc-", "g++-", "x86_64-linux-gnu-"))}
        self.assertEqual(found, set())
