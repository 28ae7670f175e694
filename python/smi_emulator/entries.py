"""The entries of a scenario's file, each with its reader; assets/scenarios/README.md describes them."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from smi_emulator.cards import Card, EmulatorError, Holder, parse_cards, parse_size
from smi_emulator.ramps import Ramp, ramp_of
from smi_emulator.told import Told, list_of, number, one_of, share, text, whole


class Span(NamedTuple):
    """Seconds since the scenario began, the end excluded."""

    begin: float
    end: float

    @classmethod
    def of(cls, told: Told) -> "Span":
        begin, end = told.take("after_s", number, 0.0), told.take("until_s", number, float("inf"))
        if end <= begin:
            raise EmulatorError("%s ends before it begins: until_s must be after after_s." % told.where)
        return cls(begin, end)

    def holds(self, seconds: float) -> bool:
        return self.begin <= seconds < self.end


class Failure(NamedTuple):
    span: Span
    code: int
    says: str


class Other(NamedTuple):
    """A process that is not ours; `gpus` None: on every card."""

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
    """`total` in bytes; `device` counts the instances of one card."""

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
    told = Told(value, where)
    card = (told.need("total", _size), told.take("name", text, ""))
    told.done()
    return card


def _size(value: Any, where: str) -> int:
    size = parse_size(text(value, where))
    if not size:
        raise EmulatorError("%s is %r: write a size such as 256MiB or 24GiB." % (where, value))
    return size


def read_failure(value: Any, where: str) -> Failure:
    told = Told(value, where)
    failure = Failure(Span.of(told), told.need("exit", whole), told.need("says", text))
    told.done()
    return failure


def read_other(value: Any, where: str) -> Other:
    told = Told(value, where)
    other = Other(
        told.need("pid", whole),
        told.need("name", text),
        told.need("share", ramp_of(share)),
        told.take("gpus", list_of(whole), None),
        told.take("type", one_of("C", "G", "C+G"), "C"),
        told.take("gpu_instance", whole, None),
    )
    told.done()
    return other


def read_cell(value: Any, where: str) -> Cell:
    told = Told(value, where)
    cell = Cell(Span.of(told), told.need("gpu", whole), told.need("text", text))
    told.done()
    return cell


def _instance(value: Any, where: str) -> MigInstance:
    told = Told(value, where)
    instance = MigInstance(
        told.take("gpu", whole, 0),
        0,
        told.need("profile", text),
        told.need("gpu_instance", whole),
        told.take("compute_instance", whole, 0),
        told.need("total", _size),
    )
    told.done()
    return instance


def read_mig(value: Any, where: str) -> List[MigInstance]:
    seen: Dict[int, int] = {}
    numbered = []
    for instance in list_of(_instance)(value, where):
        device = seen.get(instance.gpu, 0)
        seen[instance.gpu] = device + 1
        numbered.append(instance._replace(device=device))
    return numbered
