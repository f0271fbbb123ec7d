"""The names of metrics that docs/metrics.md documents."""
import re

import tools

DOCUMENT = tools.ROOT / "docs" / "metrics.md"


def documented():
    """In a service's section they stand without what they begin with."""
    metrics, prefix = set(), ""
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("## "):
            section = re.search(r"`(parley_\w+_)…`", line)
            prefix = section.group(1) if section else ""
        elif line.startswith("| `"):
            metrics |= {prefix + name for name in re.findall(r"`([a-z_]+)(?:\{[a-z_,]+\})?`", line.split("|")[1])}
    return metrics
