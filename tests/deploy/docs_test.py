"""What the pages about installing and running say is so."""
import os
import re
import subprocess
import tempfile

import yaml

import tools
from case import DeployTest

PAGES = [tools.ROOT / "docs" / "operations.md", tools.CHART / "README.md", tools.ROOT / "k8s" / "README.md"]

CONFIGURATION = tools.ROOT / "docs" / "configuration.md"
PROGRAMS = ("parley-gateway", "parley-router", "parley-presence", "parley-standalone")


class DocsTest(DeployTest):
    def test_links_lead_somewhere(self):
        for page in [*PAGES, *(tools.ROOT / "docs" / "runbooks").glob("*.md")]:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                self.assertTrue((page.parent / target).exists(), f"{page.name}: {target}")

    def test_values_that_are_named_exist(self):
        values = yaml.safe_load((tools.CHART / "values.yaml").read_text())
        tops = "|".join(values)
        for page in [*PAGES, *(tools.ROOT / "docs" / "runbooks").glob("*.md")]:
            for name in re.findall(rf"`((?:{tops})(?:\.\w+)+)(?:=[^`]*)?`", page.read_text()):
                at = values
                for key in name.split("."):
                    self.assertIn(key, at, f"{page.name}: {name}")
                    at = at[key]

    def test_the_page_about_configuration_names_each_option(self):
        page = CONFIGURATION.read_text()
        for program in PROGRAMS:
            said = subprocess.run([self.programs / program, "--help"], check=True, capture_output=True, text=True)
            for option in re.findall(r"^  --([a-z-]+)", said.stdout, re.MULTILINE):
                self.assertRegex(page, rf"`(--)?{option}[` ]", f"of {program}")

    def test_the_configuration_files_that_it_shows_are_taken(self):
        files = re.findall(r"```\n(# \w+\.conf\n.*?)```", CONFIGURATION.read_text(), re.DOTALL)
        self.assertEqual(len(files), 2)
        for text in files:
            with self.subTest(text), tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
                file.write(re.sub(r"kafka-property\.ssl\.ca\.location.*\n", "", text))  # It is not there.
                file.flush()
                done = subprocess.run([self.programs / "parley-gateway", "--config", file.name, "--check-config"],
                                      capture_output=True, text=True, check=False,
                                      env=os.environ | {"PARLEY_KAFKA_PROPERTY_SASL_PASSWORD": "secret"})
                self.assertEqual(done.returncode, 0, done.stderr)
