"""What a run needs of memory wherever it is placed: traced where that is possible, else by closed forms, and marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

from .compose import Lump, Spans, Traced, Working, runs_of
from .forms import plan_run
from .workload import Workload

Source = Callable[[Mapping[str, Any]], dict[str, Any]]
"""The tracer: lbs.plan.tracing's `answer`, in a child or (in the worker) here; or curves over one."""


@dataclass(frozen=True)
class Model:
    """`path`: a folder or a config.json; `config` its numbers; `dtype` such as bfloat16; `packed`: bytes of quantised
    weights (None: weights are as the dtype says); `stored`: bytes of the weights in its files as loaded, None without."""

    path: str
    config: Mapping[str, Any]
    dtype: str
    stored: int | None = None
    packed: int | None = None

    @property
    def item(self) -> int:
        return 4 if self.dtype == "float32" else 2


@dataclass(frozen=True)
class Demand:
    """Bytes. `layers` of weights in order; `kv_cache` by layer at the run's end; `working` tells what else works there;
    `interpolated`: told by curves between traces, not by a trace of this very run."""

    method: str
    reason: str | None
    pre: int
    layers: list[int]
    post: int
    kv_cache: list[int]
    slack: Mapping[str, int]
    load_transient: int
    names: Mapping[str, list[str]]
    list_name: str
    tied: bool
    working: Working = field(repr=False)
    interpolated: bool = False

    @property
    def weights(self) -> int:
        return self._weights[-1]

    def weights_of(self, spans: Spans) -> int:
        return sum(self._weights[end + 1] - self._weights[begin + 1] for begin, end in spans)

    def cache_of(self, spans: Spans) -> int:
        return sum(self._cache[end + 1] - self._cache[begin + 1] for begin, end in spans)

    @cached_property
    def _weights(self) -> list[int]:
        """Of all places before each one, "pre" first."""
        return [0, *accumulate([self.pre, *self.layers, self.post])]

    @cached_property
    def _cache(self) -> list[int]:
        return [0, *accumulate([0, *self.kv_cache, 0])]

    def map_of(self, layout: Callable[[int | str], int | str]) -> dict[str, int | str]:
        """As `device_map` wants it; one entry where everything lies on one device."""
        layers = {f"{self.list_name}.{number}": layout(number) for number in range(len(self.layers))}
        before = {name: layout("pre") for name in self.names["pre"]}
        after = {name: layout("post") for name in self.names["post"]}
        found = {**before, **layers, **after}
        places = set(found.values())
        return {"": places.pop()} if len(places) == 1 else found


def demand_of(
    model: Model, work: Workload, source: Source, *, cuda: bool, trust_remote_code: bool = False, exact: bool = False
) -> Demand:
    """Traced; where that cannot be, the closed form with the reason. Never fails on a strange model.

    `exact`: by a trace of this very run, whatever curves the source has.
    """
    works = [work] + ([work.late] if work.has_late else [])
    request = {
        "path": model.path,
        "dtype": model.dtype,
        "cuda": cuda,
        "trust_remote_code": trust_remote_code,
        "works": [vars(one) for one in works],
    }
    found = source({**request, "exact": True} if exact else request)
    if "error" in found:
        return _closed_form(model, work, str(found["error"]))
    weights, traces = found["weights"], found["traces"]
    early, late = traces[0], traces[1] if len(traces) > 1 else None
    layers, reasons = list(weights["layers"]), []
    if "followed" in early:
        reasons.append(
            f"It loops over the prompt, and was followed for {early['followed']} tokens: more is told from those."
        )
    pre, post = weights["pre"], weights["post"]
    packed = model.packed
    if packed is not None:
        # The layers are what is packed; embeddings and head mostly stay as they are.
        scale = max(0, packed - pre - post) / max(1, sum(layers))
        layers = [int(size * scale) for size in layers]
        reasons.append("The weights are quantised: their size is that of the files, unpacking buffers are not counted.")
    return Demand(
        "traced",
        " ".join(reasons) or None,
        pre,
        layers,
        post,
        (late or early)["kv_cache"],
        early["slack"],
        weights["load_transient"],
        weights["names"],
        weights["list"],
        weights["tied"],
        Traced(runs_of(early, late), early["classes"]),
        found.get("interpolated", False),
    )


def _closed_form(model: Model, work: Workload, reason: str) -> Demand:
    """FACTS' forms for a dense decoder; everything is taken as layers, so that it can be placed on one device only."""
    cached = work.kind != "choose"
    plan = plan_run(model.config, 0, work.context, work.tokens - work.context, model.item, cached=cached)
    kv, activations = plan.kv_cache * work.batch, plan.activations * work.batch
    if work.kind == "score":
        vocabulary = int(model.config.get("vocab_size") or 0)
        activations = max(activations, 10 * work.batch * work.context * vocabulary)
    weights = model.stored or 0
    return Demand(
        "closed_form" if weights else "none",
        f"{reason} The closed form of a dense decoder is used instead.",
        0,
        [weights],
        0,
        [kv],
        {"expandable": activations // 4, "native": activations // 2},
        0,
        {"pre": [""], "post": []},
        "",
        False,
        Lump([kv], activations),
    )
