"""The entries of a scenario file, each with its reader; assets/scenarios/README.md describes them."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from smi_emulator.cards import Card, EmulatorError, Holder, parse_cards, parse_size
from smi_emulator.fields import Fields, integer, list_of, number, one_of, share, text
from smi_emulator.ramps import Ramp, ramp_of


class Span(NamedTuple):
    """Seconds since the scenario began, end excluded."""

    begin: float
    end: float

    @classmethod
    def of(cls, fields: Fields) -> "Span":
        begin, end = fields.take("after_s", number, 0.0), fields.take("until_s", number, float("inf"))
        if end <= begin:
            raise EmulatorError("%s ends before it begins: until_s must be after after_s." % fields.where)
        return cls(begin, end)

    def contains(self, seconds: float) -> bool:
        return self.begin <= seconds < self.end


class Failure(NamedTuple):
    """`gpu`: only calls that include it fail; None: every call."""

    span: Span
    code: int
    message: str
    gpu: Optional[int]


class Other(NamedTuple):
    """A process that is not ours; `gpus`: None for every card."""

    pid: int
    name: str
    share: Ramp
    gpus: Optional[List[int]]
    type: str
    gpu_instance: Optional[int]

    def holder(self, cards: List[Card], seconds: float) -> Holder:
        part = self.share.at(seconds)
        held = {card.index: int(card.total * part) for card in cards if self.gpus is None or card.index in self.gpus}
        return Holder(self.pid, self.name, held, self.type, self.gpu_instance)


class Cell(NamedTuple):
    span: Span
    gpu: int
    text: str


class MigInstance(NamedTuple):
    """`total`: in bytes; `device`: counts the instances of one card."""

    gpu: int
    device: int
    profile: str
    gpu_instance: int
    compute_instance: int
    total: int

    @property
    def uuid(self) -> str:
        return "MIG-0000e000-0000-5000-8000-%06d%06d" % (self.gpu, self.device)


def read_cards(value: Any, where: str) -> List[Card]:
    if isinstance(value, str):
        return parse_cards(value, where)
    return [Card(index, total, name) for index, (total, name) in enumerate(list_of(_card)(value, where))]


def _card(value: Any, where: str) -> Tuple[int, str]:
    fields = Fields(value, where)
    card = (fields.require("total", _size), fields.take("name", text, ""))
    fields.finish()
    return card


def _size(value: Any, where: str) -> int:
    size = parse_size(text(value, where))
    if not size:
        raise EmulatorError("%s is %r: write a size such as 256MiB or 24GiB." % (where, value))
    return size


def read_failure(value: Any, where: str) -> Failure:
    fields = Fields(value, where)
    failure = Failure(
        Span.of(fields),
        fields.require("exit", integer),
        fields.require("says", text),
        fields.take("gpu", integer, None),
    )
    fields.finish()
    return failure


def read_other(value: Any, where: str) -> Other:
    fields = Fields(value, where)
    other = Other(
        fields.require("pid", integer),
        fields.require("name", text),
        fields.require("share", ramp_of(share)),
        fields.take("gpus", list_of(integer), None),
        fields.take("type", one_of("C", "G", "C+G"), "C"),
        fields.take("gpu_instance", integer, None),
    )
    fields.finish()
    return other


def read_cell(value: Any, where: str) -> Cell:
    fields = Fields(value, where)
    cell = Cell(Span.of(fields), fields.require("gpu", integer), fields.require("text", text))
    fields.finish()
    return cell


def _instance(value: Any, where: str) -> MigInstance:
    fields = Fields(value, where)
    instance = MigInstance(
        fields.take("gpu", integer, 0),
        0,
        fields.require("profile", text),
        fields.require("gpu_instance", integer),
        fields.take("compute_instance", integer, 0),
        fields.require("total", _size),
    )
    fields.finish()
    return instance


def read_mig(value: Any, where: str) -> List[MigInstance]:
    counts: Dict[int, int] = {}
    numbered = []
    for instance in list_of(_instance)(value, where):
        device = counts.get(instance.gpu, 0)
        counts[instance.gpu] = device + 1
        numbered.append(instance._replace(device=device))
    return numbered
