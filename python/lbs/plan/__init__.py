"""Predicted memory: one estimator for every part of the backend. Never measured, and without torch but for the tracer.

In order: `read_model`, a TraceSource (`Tracers`, cached by `cached_on_disk`, interpolated by `Curves`), `demand_of`,
`assess` (layout and verdict), `with_ways_out`. `make_plan` goes from a PlanInput to a verdict.
"""

from .chunks import in_chunks
from .config_files import config_hash
from .curves import Curves
from .deadline import Deadline, TooLate, until
from .demand import demand_of
from .described import parse_gpus
from .gpus import Gpu
from .installed import installed_gpus
from .learning import factor_shown, remember
from .ledger import Corrections, Ledger, LedgerKey
from .make_plan import make_plan
from .model import Model, ModelError, check_context, max_tokens, model_of, read_model
from .plan import Plan
from .plan_input import PlanInput
from .plan_json import PlanJson, WayOut
from .search import largest_batch, largest_context
from .trace_cache import cached_on_disk
from .trace_types import TraceAnswer, TraceRequest, TraceSource
from .tracers import Tracers
from .ways_out import describe_ways_out, dtype_way_out, plan_in_time, with_ways_out
from .workload import Change, Kind, Workload, WorkloadError

__all__ = [
    "Change",
    "Corrections",
    "Curves",
    "Deadline",
    "Gpu",
    "Kind",
    "Ledger",
    "LedgerKey",
    "Model",
    "ModelError",
    "Plan",
    "PlanInput",
    "PlanJson",
    "TooLate",
    "TraceAnswer",
    "TraceRequest",
    "TraceSource",
    "Tracers",
    "WayOut",
    "Workload",
    "WorkloadError",
    "cached_on_disk",
    "check_context",
    "config_hash",
    "demand_of",
    "describe_ways_out",
    "dtype_way_out",
    "factor_shown",
    "in_chunks",
    "installed_gpus",
    "largest_batch",
    "largest_context",
    "make_plan",
    "max_tokens",
    "model_of",
    "parse_gpus",
    "plan_in_time",
    "read_model",
    "remember",
    "until",
    "with_ways_out",
]
