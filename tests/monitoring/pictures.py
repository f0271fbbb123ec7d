#!/usr/bin/env python3
"""Draws each dashboard as it was in a run: run.py has left what its panels showed.

Usage: pictures.py ANSWERS.json FOLDER
"""
import json
import math
import pathlib
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from PIL import Image  # noqa: E402

COLUMNS, PANEL_INCHES = 3, (4.4, 2.2)
LEGENDS_MAX = 6
COLOURS = 64
SUFFIXES = {"s": "s", "bytes": "B", "Bps": "B/s", "ops": "/s", "percentunit": "", "short": ""}


def draw_panel(axes, panel, run):
    began = run["began"]
    for legend, points in panel["lines"]:
        axes.plot([moment - began for moment, _ in points], [value for _, value in points], linewidth=0.9,
                  label=legend[:28])
    for moment, _ in run["faults"]:
        axes.axvline(moment - began, color="0.8", linewidth=0.6, zorder=0)
    axes.set_title(f"{panel['title']} {'(' + SUFFIXES[panel['unit']] + ')' if SUFFIXES[panel['unit']] else ''}",
                   fontsize=8)
    axes.tick_params(labelsize=6)
    axes.set_xlim(0, run["ended"] - began)
    axes.set_ylim(bottom=0)
    if len(panel["lines"]) <= LEGENDS_MAX:
        axes.legend(fontsize=5, frameon=False, loc="upper left")


def draw(name, panels, run, file):
    rows = math.ceil(len(panels) / COLUMNS)
    figure, grid = plt.subplots(rows, COLUMNS, squeeze=False,
                                figsize=(COLUMNS * PANEL_INCHES[0], rows * PANEL_INCHES[1] + 0.6))
    for axes in grid.flat[len(panels):]:
        axes.axis("off")
    for axes, panel in zip(grid.flat, panels):
        draw_panel(axes, panel, run)
    faults = "; ".join(f"{moment - run['began']:.0f} s: {what}" for moment, what in run["faults"])
    figure.suptitle(f"Parley: {name}, over {run['ended'] - run['began']:.0f} s\n{faults}", fontsize=8)
    figure.tight_layout()
    figure.savefig(file, dpi=80)
    plt.close(figure)
    # Lines on white need few colours; files that are kept for ever should be small.
    Image.open(file).convert("RGB").quantize(COLOURS).save(file, optimize=True)


def main():
    run = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for name, panels in run["dashboards"].items():
        file = folder / f"{name}.png"
        draw(name, panels, run, file)
        print(f"{file}: {file.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
