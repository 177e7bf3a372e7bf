"""The two pictures beside the model card, as SVG: a file of 2 kB that every browser and every Git host draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from . import statistics

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 36, 40
MOST_POINTS = 400
INK, LINE, FAINT = "#444", "#2458a6", "#ddd"


def loss_curve(points: Sequence[tuple[int, float]]) -> str:
    """Loss by step on a logarithmic scale, since it falls by orders of magnitude."""
    shown = points[:: math.ceil(len(points) / MOST_POINTS)]
    losses = [max(loss, 1e-6) for _, loss in shown]
    low, high = math.floor(math.log10(min(losses))), math.ceil(math.log10(max(losses)) + 1e-9)
    last = max(step for step, _ in shown)
    place = [
        f"{_across(step / max(1, last)):.1f},{_up((math.log10(loss) - low) / max(1, high - low)):.1f}"
        for (step, _), loss in zip(shown, losses, strict=True)
    ]
    ticks = [(f"{10.0**power:g}", (power - low) / max(1, high - low)) for power in range(low, high + 1)]
    steps = "".join(_text(_across(share), HEIGHT - 12, f"{round(last * share)}", "middle") for share in (0, 0.5, 1))
    line = f'<polyline points="{" ".join(place)}" fill="none" stroke="{LINE}" stroke-width="1.5"/>'
    return _drawing("training loss by step", _grid(ticks) + steps + line)


def accuracy_bars(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """Each model's accuracy with its 95 % interval."""
    ticks = [(f"{share:g}", share) for share in (0, 0.25, 0.5, 0.75, 1)]
    slot = 1 / max(1, len(scores))
    bars = "".join(_bar(name, score, slot * (place + 0.5)) for place, (name, score) in enumerate(scores.items()))
    return _drawing("share of right answers, with 95 % intervals", _grid(ticks) + bars)


def _bar(name: str, score: Mapping[str, Any], middle: float) -> str:
    accuracy = statistics.wilson(score["correct"], score["samples"])
    x, half = _across(middle), 28
    top, low, high = (_up(value) for value in accuracy)
    whisker = f"M{x:.1f} {low:.1f}V{high:.1f}M{x - 8:.1f} {low:.1f}h16M{x - 8:.1f} {high:.1f}h16"
    return (
        f'<rect x="{x - half:.1f}" y="{top:.1f}" width="{2 * half}" height="{_up(0) - top:.1f}" fill="{LINE}" '
        'opacity="0.6"/>'
        f'<path d="{whisker}" stroke="{INK}" fill="none"/>'
        + _text(x, HEIGHT - 22, name, "middle")
        + _text(x, HEIGHT - 7, f"{accuracy.point:.3f}", "middle")
    )


def _grid(ticks: Sequence[tuple[str, float]]) -> str:
    return "".join(
        f'<path d="M{LEFT} {_up(share):.1f}H{WIDTH - RIGHT}" stroke="{FAINT}"/>'
        + _text(LEFT - 6, _up(share) + 4, label, "end")
        for label, share in ticks
    )


def _drawing(title: str, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{_text(LEFT, 20, title, "start")}{content}</svg>\n'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(text)}</text>'


def _across(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _up(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
