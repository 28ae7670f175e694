"""Offload that exceeds the RAM is refused before loading, with a sentence about the RAM."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lbs.memory.limit import MIB, size_text
from lbs.plan import Plan, make_plan, with_ways_out
from lbs.plan.__main__ import as_text
from lbs.worker.errors import RunError
from lbs.worker.loading import placement
from lbs.worker.loading.placement import place
from tests.plan.test_plan import LAYER, ask, linear


@pytest.fixture(autouse=True)
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "SOURCE", linear)


def plan(host_room: int, gpus: str = "2GiB", context: int = 4096) -> Plan:
    return make_plan(replace(ask(gpus, 0.5, context), host_room=host_room), linear)


def refused(found: Plan, offload: str) -> str:
    with pytest.raises(RunError) as caught:
        place(found, offload)
    assert caught.value.code == "does_not_fit"
    return str(caught.value)


def test_offload_fits_to_the_byte() -> None:
    wanted = plan(1 << 62).offloaded
    assert wanted > LAYER
    assert plan(wanted).offload is not None and plan(wanted).short_of_ram is None
    assert plan(wanted - 1).offload is None and plan(wanted - 1).over_host == wanted


@pytest.mark.parametrize("offload", ["auto", "ask"])
def test_the_sentence_names_the_room_the_offloaded_bytes_and_the_ram(offload: str) -> None:
    found = plan(100 * MIB)
    text = refused(found, offload)
    for figure in (found.peak.total, found.peak.room, found.over_host, 100 * MIB):
        assert size_text(figure) in text
    assert "of system RAM may be used" in text and "limit 0.5 ->" in text
    assert "of system RAM may be used" in as_text(with_ways_out(found, linear))


def test_ram_is_named_only_where_it_is_the_reason() -> None:
    assert "RAM" not in refused(plan(100 * MIB), "never")
    assert "RAM" not in refused(plan(100 * MIB, context=60_000), "auto"), "the activations alone are too large"
    assert place(plan(1 << 62), "auto").offloaded > 0
