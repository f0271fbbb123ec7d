"""The Dockerfile, as text; `./dev image` builds it where there is Docker."""
import re

import tools
from case import DeployTest


class ImageTest(DeployTest):
    def setUp(self):
        self.text = (tools.ROOT / "Dockerfile").read_text()
        self.build, self.runtime = re.split(r"^FROM .*\n", self.text, flags=re.MULTILINE)[1:]

    def test_the_plain_builder_and_buildkit_both_take_it(self):
        self.assertNotIn("# syntax", self.text)
        self.assertNotRegex(self.text, r"--mount|--chmod|--link|<<")

    def test_both_stages_stand_on_debian(self):
        self.assertEqual(re.findall(r"^FROM (\S+)", self.text, re.MULTILINE), ["debian:bookworm-slim"] * 2)

    def test_it_runs_as_nobody_and_compiles_nothing(self):
        self.assertRegex(self.runtime, r"(?m)^USER 65532:65532$")
        installed = re.search(r"--no-install-recommends \\\n(.*?)&&", self.runtime, re.DOTALL).group(1)
        self.assertNotRegex(installed, r"-dev\b|g\+\+(?!1)|gcc|cmake|compiler")

    def test_it_is_built_with_what_developers_build_with(self):
        packages = re.search(r"--no-install-recommends \\\n(.*?)&&", self.build, re.DOTALL).group(1)
        dev = re.search(r"^BUILD_PACKAGES=\((.*?)\)", (tools.ROOT / "dev").read_text(), re.DOTALL | re.MULTILINE).group(1)
        only_tests = {"ccache", "libgtest-dev", "libgmock-dev", "libbenchmark-dev"}
        self.assertEqual(set(packages.replace("\\", " ").split()), set(dev.split()) - only_tests)

    def test_every_folder_that_the_programs_are_made_of_is_sent_to_the_builder(self):
        sent = set(re.findall(r"^!(\w+)$", (tools.ROOT / ".dockerignore").read_text(), re.MULTILINE))
        cmake = (tools.ROOT / "CMakeLists.txt").read_text().split("if(BUILD_TESTING)")[0]
        needed = {folder.split("/")[0] for folder in re.findall(r"add_subdirectory\((\S+)\)|include\((\w+)/", cmake)
                  for folder in folder if folder}
        self.assertEqual(sent, needed)
