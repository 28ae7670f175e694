"""docs/accuracy.svg: the plan against what was measured, beside other estimates of the same rows. No library."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from .others import Others
from .predict import Judged
from .table import UNITS

GIB = UNITS["GiB"]
_SIZE, _LEFT, _TOP, _GAP = 360, 60, 40, 110
_LOW, _HIGH = 0.4 * GIB, 90 * GIB
_BAND = 0.03
_STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600 } .axis { stroke: #57606a; fill: none }
.page { fill: #ffffff } .grid { stroke: #d0d7de } .plan { fill: #0969da }
.weights { fill: none; stroke: #bc4c00 } .accelerate { stroke: #8250df }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .axis { stroke: #8b949e } .grid { stroke: #30363d }
.page { fill: #0d1117 } .plan { fill: #58a6ff } .weights { stroke: #f0883e } .accelerate { stroke: #bc8cff } }
</style>"""


def drawn(rows: Sequence[tuple[Judged, Others]]) -> str:
    """Of the judged rows. Left: both sizes on logarithmic axes; right: how far off the plan is."""
    judged = [(one, other) for one, other in rows if one.row.judged]
    width, height = 2 * _SIZE + _LEFT + _GAP + 20, _SIZE + _TOP + 50
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-label="Predicted against measured GPU memory">',
        _STYLE,
        # A site's theme may differ from the system's, which the colours follow.
        f'<rect class="page" width="{width}" height="{height}" rx="6"/>',
        *_sizes(judged),
        *_offs(judged, _LEFT + _SIZE + _GAP),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _sizes(rows: Sequence[tuple[Judged, Others]]) -> list[str]:
    def place(size: float) -> float:
        return _SIZE * math.log(size / _LOW) / math.log(_HIGH / _LOW)

    def at(measured: float, predicted: float) -> tuple[float, float]:
        return _LEFT + place(measured), _TOP + _SIZE - place(min(max(predicted, _LOW), _HIGH))

    parts = [f'<text class="title" x="{_LEFT}" y="20">Predicted against measured, GiB</text>']
    for size in (0.5, 1, 2, 5, 10, 20, 50):
        x, y = at(size * GIB, size * GIB)
        parts += [
            f'<path class="grid" d="M{x:.1f} {_TOP}V{_TOP + _SIZE}M{_LEFT} {y:.1f}H{_LEFT + _SIZE}"/>',
            f'<text x="{x:.1f}" y="{_TOP + _SIZE + 18}" text-anchor="middle">{size:g}</text>',
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{size:g}</text>',
        ]
    parts.append(f'<path class="axis" d="M{_LEFT} {_TOP + _SIZE}L{_LEFT + _SIZE} {_TOP}"/>')
    for one, other in rows:
        x, y = at(one.row.value, other.weights)
        parts.append(f'<circle class="weights" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
        x, y = at(one.row.value, other.accelerate)
        parts.append(f'<path class="accelerate" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>')
    for one, _ in rows:
        x, y = at(one.row.value, one.predicted)
        parts.append(f'<circle class="plan" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
    y = _TOP + _SIZE + 40
    marks: list[tuple[str, Callable[[float], str], int]] = [
        ("Headroom", lambda x: f'<circle class="plan" cx="{x}" cy="{y - 4}" r="2.5"/>', 0),
        ("weights x 1.2", lambda x: f'<circle class="weights" cx="{x}" cy="{y - 4}" r="3"/>', 90),
        ("accelerate", lambda x: f'<path class="accelerate" d="M{x - 3} {y - 7}l6 6m0 -6l-6 6"/>', 200),
    ]
    for name, mark, offset in marks:
        parts += [mark(_LEFT + offset), f'<text x="{_LEFT + offset + 8}" y="{y}">{name}</text>']
    return parts


def _offs(rows: Sequence[tuple[Judged, Others]], left: int) -> list[str]:
    def at(measured: float, off: float) -> tuple[float, float]:
        along = _SIZE * math.log(measured / _LOW) / math.log(_HIGH / _LOW)
        return left + along, _TOP + _SIZE / 2 * (1 - max(-1.0, min(1.0, off / _BAND)))

    parts = [f'<text class="title" x="{left}" y="20">How far off Headroom is</text>']
    for percent in (-3, -2, -1, 0, 1, 2, 3):
        _, y = at(GIB, percent / 100)
        parts += [
            f'<path class="{"axis" if percent == 0 else "grid"}" d="M{left} {y:.1f}H{left + _SIZE}"/>',
            f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{f"{percent:+d}" if percent else 0} %</text>',
        ]
    for size in (0.5, 1, 2, 5, 10, 20, 50):
        x, _ = at(size * GIB, 0)
        parts.append(f'<text x="{x:.1f}" y="{_TOP + _SIZE + 18}" text-anchor="middle">{size:g}</text>')
    for one, _ in rows:
        x, y = at(one.row.value, one.off)
        parts.append(f'<circle class="plan" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
    parts.append(f'<text x="{left + _SIZE}" y="{_TOP + _SIZE + 40}" text-anchor="end">measured GiB</text>')
    return parts
