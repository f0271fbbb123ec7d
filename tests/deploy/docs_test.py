"""What the pages about installing and running say is so."""
import re

import yaml

import tools
from case import DeployTest

PAGES = [tools.ROOT / "docs" / "operations.md", tools.CHART / "README.md", tools.ROOT / "k8s" / "README.md"]


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
