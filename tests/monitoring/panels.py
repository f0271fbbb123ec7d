"""What each panel of the dashboards shows of a run."""
import json
import math
import re

import tools

STEP_SECONDS = 2
# What Grafana puts in their place.
VARIABLES = {"$namespace": ".*", "$__rate_interval": "20s"}


def legend(pattern, labels):
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found.group(1), ""), pattern)


def answers(prometheus):
    """Of each dashboard its panels, of each panel its lines, and the queries that showed nothing."""
    found, empty = {}, []
    for file in sorted(tools.DASHBOARDS.glob("*.json")):
        dashboard = json.loads(file.read_text())
        found[file.stem] = [panel_of(prometheus, file.stem, panel, empty) for panel in dashboard["panels"]]
    return found, empty


def panel_of(prometheus, dashboard, panel, empty):
    lines = []
    for target in panel["targets"]:
        expression = target["expr"]
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        series = prometheus.over_time(expression, STEP_SECONDS)
        drawn = [(legend(target["legendFormat"], labels), [point for point in points if math.isfinite(point[1])])
                 for labels, points in series]
        if not any(points for _, points in drawn):
            empty.append(f"{dashboard}: {panel['title']}: {expression}")
        lines += drawn
    return {"title": panel["title"], "unit": panel["fieldConfig"]["defaults"]["unit"], "lines": lines}
