"""The values of a GPU that a scenario may set, by their names in nvidia-smi."""

from typing import Any, Callable, Dict, List

from smi_emulator.cards import EmulatorError
from smi_emulator.fields import Fields, integer, list_of, number, text
from smi_emulator.ramps import ramp_of, steps_of

# nvml.h, nvmlClocksEventReason*; electron/contract/throttle.ts has the same names.
REASONS = {
    "gpu_idle": 0x1,
    "applications_clocks": 0x2,
    "sw_power_cap": 0x4,
    "hw_slowdown": 0x8,
    "sync_boost": 0x10,
    "sw_thermal": 0x20,
    "hw_thermal": 0x40,
    "hw_power_brake": 0x80,
    "display_clocks": 0x100,
}
# The format of each.
_NUMBERS = {
    "utilization.gpu": "%.0f",
    "utilization.memory": "%.0f",
    "temperature.gpu": "%.0f",
    "power.draw": "%.2f",
    "enforced.power.limit": "%.2f",
    "clocks.current.sm": "%.0f",
    "clocks.current.memory": "%.0f",
    "clocks.max.sm": "%.0f",
    "clocks.max.memory": "%.0f",
    "fan.speed": "%.0f",
    "pstate": "P%.0f",
    "ecc.errors.corrected.volatile.total": "%.0f",
    "ecc.errors.uncorrected.volatile.total": "%.0f",
}
_WORDS = ("persistence_mode", "compute_mode", "mig.mode.current", "driver_model.current", "display_active")
THROTTLE = "clocks_event_reasons.active"
NO_FIGURE = "[N/A]"

Figure = Callable[[float], str]
"""Seconds since the scenario began -> what nvidia-smi prints, without the unit."""


def constant(words: str) -> Figure:
    return lambda _: words


def _numeric(printed: str) -> Callable[[Any, str], Figure]:
    def read(value: Any, where: str) -> Figure:
        if isinstance(value, str):
            # A driver without this value prints a word in brackets.
            if not (value.startswith("[") and value.endswith("]")):
                raise EmulatorError("%s must be a number, points, or a word such as [N/A], not %r." % (where, value))
            return constant(value)
        ramp = ramp_of(number)(value, where)
        return lambda seconds: printed % ramp.at(seconds)

    return read


def _mask(value: Any, where: str) -> str:
    mask = 0
    for reason in list_of(text)(value, where):
        if reason not in REASONS:
            raise EmulatorError(
                "%s: %r is not a throttle reason; the reasons are %s." % (where, reason, ", ".join(REASONS))
            )
        mask |= REASONS[reason]
    return "0x%016X" % mask


def _throttle(value: Any, where: str) -> Figure:
    return steps_of(_mask)(value, where).at


def _word(value: Any, where: str) -> Figure:
    return steps_of(text)(value, where).at


_READERS: Dict[str, Callable[[Any, str], Figure]] = {
    **{name: _numeric(printed) for name, printed in _NUMBERS.items()},
    **{name: _word for name in _WORDS},
    THROTTLE: _throttle,
}


class CardFigures:
    """One entry of `figures`: its cards (none: all) and their values."""

    def __init__(self, value: Any, where: str) -> None:
        fields = Fields(value, where)
        gpus: List[int] = fields.take("gpus", list_of(integer), [])
        self._gpus = set(gpus)
        self.figures: Dict[str, Figure] = {}
        for name, read in _READERS.items():
            figure = fields.take(name, read, constant(""))
            if name in value:
                self.figures[name] = figure
        fields.finish()

    def applies_to(self, index: int) -> bool:
        return not self._gpus or index in self._gpus
