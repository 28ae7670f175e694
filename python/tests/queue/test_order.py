"""The queue as a state machine: its order, the pause of the person, and runs that wait for memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.protocol.messages import Memory, RunResult, ServerMessage, StartRun
from lbs.queue import NotQueued, RunQueue, waiting
from lbs.queue.room import GpuRoom
from lbs.queue.worker_process import WorkerCommand
from lbs.store import Run, RunStore, StoreError, open_database
from tests.support.long_form import FULL

GIB = 1 << 30
MOST = 24 * GIB


class Machine:
    """A queue whose worker and driver are lists: nothing is a process."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(waiting, "_LOOK_SECONDS", 0.0)
        monkeypatch.setattr(waiting, "_AGAIN_SECONDS", 0.0)
        monkeypatch.setattr(waiting, "_FRESH_SECONDS", 1e9)
        monkeypatch.setattr(waiting, "holders_on", lambda *_: [])
        self.path = path
        self.free = MOST
        self.begun: list[tuple[str, bool]] = []
        self.open()

    def open(self) -> None:
        self.store = RunStore(open_database(self.path))
        self.queue = RunQueue(self.store, WorkerCommand(("none",), {}, self.path.parent), self.room)
        worker = self.queue.worker
        worker.state = "idle"
        worker.send = self.sent  # type: ignore[method-assign]
        self.queue.paused = self.store.order.paused()
        for run in self.store.take_held():
            self.queue.runs[run.req_id] = run
            self.queue._queued.append(run)
        self.queue._next()

    def room(self, _: Memory | None) -> Sequence[GpuRoom]:
        return [GpuRoom(0, "GPU-0", MOST, self.free)]

    def now_free(self, free: int) -> None:
        """The next decision measures again."""
        self.free = free
        self.queue._waiting.begun()

    def sent(self, message: ServerMessage) -> None:
        if isinstance(message, StartRun):
            run = self.queue.runs[message.req_id]
            stopped = self.queue.held or self.queue.paused
            self.begun.append((message.req_id, stopped or (run.wait_bytes or 0) > self.free))

    async def settle(self) -> None:
        """Until a look that began before has had its effect, and every start is sent."""
        for _ in range(12):
            await asyncio.sleep(0.002)

    async def restart(self) -> None:
        await self.queue.hand_over()
        self.queue._waiting.stop()
        self.store.close()
        self.open()


def a_run(name: str, wait: int | None = None) -> Run:
    return Run(name, "NeedleInAHaystack/x", "/models/toy", {}, wait_bytes=wait)


NAMES = st.integers(0, 9)
STEPS = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from([None, 4 * GIB, 20 * GIB])),
    st.tuples(st.just("move"), NAMES, NAMES | st.none()),
    st.tuples(st.just("wait"), NAMES, st.sampled_from([None, 4 * GIB, 20 * GIB])),
    st.tuples(st.just("cancel"), NAMES),
    st.tuples(st.sampled_from(["pause", "hold"]), st.booleans()),
    st.tuples(st.just("free"), st.sampled_from([1 * GIB, 8 * GIB, MOST])),
    st.tuples(st.sampled_from(["end", "restart"])),
)


@settings(max_examples=150 if FULL else 12)
@given(steps=st.lists(STEPS, min_size=4, max_size=20))
def test_any_sequence_keeps_the_order_and_loses_nothing(
    steps: list[tuple[object, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        asyncio.run(_walk(steps, tmp_path_factory.mktemp("queue") / "r.db", patch))


async def _walk(steps: list[tuple[object, ...]], path: Path, patch: pytest.MonkeyPatch) -> None:
    model = Model(Machine(path, patch))
    for name, *values in steps:
        await getattr(model, str(name))(*values)
        await model.check()
    await model.finish()


class Model:
    """What the queue should be after each step; one method a step."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.order: list[str] = []
        self.waits: dict[str, int | None] = {}
        self.paused = False

    async def submit(self, wait: int | None) -> None:
        name = f"r{len(self.waits)}"
        self.order.append(name)
        self.waits[name] = wait
        await self.machine.queue.submit([a_run(name, wait)])

    async def move(self, number: int, before: int | None) -> None:
        if not self.order:
            return
        one = self._chosen(number)
        other = None if before is None else self._chosen(before)
        if one != other:
            self.order.remove(one)
            self.order.insert(len(self.order) if other is None else self.order.index(other), one)
        await self.machine.queue.move(one, other)

    async def wait(self, number: int, wait: int | None) -> None:
        if self.order:
            self.waits[self._chosen(number)] = wait
            await self.machine.queue.wait_for(self._chosen(number), wait)

    async def cancel(self, number: int) -> None:
        if self.order:
            one = self._chosen(number)
            self.order.remove(one)
            self.machine.queue.cancel(self.machine.queue.runs[one])

    async def pause(self, on: bool) -> None:
        self.paused = on
        await self.machine.queue.pause(on)

    async def hold(self, on: bool) -> None:
        self.machine.queue.hold(on)

    async def free(self, free: int) -> None:
        self.machine.now_free(free)
        self.machine.queue._next()

    async def end(self) -> None:
        if run := self.machine.queue._current:
            self.machine.queue._receive(RunResult(run.req_id, {"score": 1.0}))

    async def restart(self) -> None:
        await self.machine.restart()

    def _chosen(self, number: int) -> str:
        return self.order[number % len(self.order)]

    async def check(self) -> None:
        await self.machine.settle()
        for name, wrongly in self.machine.begun:
            assert not wrongly, f"{name} began while the queue was paused or held, or its memory was not free"
            assert all(self.waits[one] is not None for one in self.order[: self.order.index(name)]), self.order
            self.order.remove(name)
        self.machine.begun.clear()
        queue = self.machine.queue
        assert queue.order() == self.order
        assert queue.paused == queue.shape()["paused"] == self.paused
        assert [run.wait_bytes for run in queue._queued] == [self.waits[name] for name in self.order]

    async def finish(self) -> None:
        await self.machine.queue._ending.settle()
        self.machine.queue._waiting.stop()
        stored = {run.req_id: run.status for run in self.machine.store.recent(100)}
        assert set(stored) == set(self.waits)
        assert all(stored[name] == "queued" for name in self.order)
        self.machine.store.close()


def test_a_run_that_waits_does_not_block_those_behind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        machine = Machine(tmp_path / "r.db", monkeypatch)
        machine.free = 8 * GIB
        await machine.queue.submit([a_run("large", 20 * GIB), a_run("small")])
        await machine.settle()
        assert [name for name, _ in machine.begun] == ["small"]
        assert machine.queue.order() == ["large"]
        text = str(machine.queue.runs["large"].wait_sentence)
        assert text == "Waits for 20 GiB on GPU 0: 8 GiB are free."
        await machine.queue.submit([a_run("next")])
        machine.now_free(MOST)
        machine.queue._receive(RunResult("small", {}))
        await machine.queue.wait_finished(1)
        await machine.settle()
        assert [name for name, _ in machine.begun] == ["small", "large"]
        machine.queue._waiting.stop()
        await machine.queue._ending.settle()
        machine.store.close()

    asyncio.run(body())


def test_a_driver_that_does_not_answer_holds_up_only_the_runs_that_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body() -> None:
        machine = Machine(tmp_path / "r.db", monkeypatch)

        def broken(_: Memory | None) -> Sequence[GpuRoom]:
            raise OSError("the driver is gone")

        machine.queue._waiting._measure = broken
        await machine.queue.submit([a_run("waits", GIB), a_run("small")])
        await machine.settle()
        assert [name for name, _ in machine.begun] == ["small"]
        assert "the driver is gone" in str(machine.queue.runs["waits"].wait_sentence)
        machine.queue._waiting.stop()
        machine.store.close()

    asyncio.run(body())


def test_what_cannot_be_stored_is_refused_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        machine = Machine(tmp_path / "r.db", monkeypatch)
        machine.queue.hold(True)
        await machine.queue.submit([a_run("a"), a_run("b")])
        (tmp_path / "r.db").rename(tmp_path / "elsewhere")
        (tmp_path / "r.db").write_bytes(b"another program's")
        for change in (machine.queue.move("b", "a"), machine.queue.pause(True), machine.queue.wait_for("a", 5)):
            with pytest.raises(StoreError):
                await change
        assert machine.queue.order() == ["a", "b"]
        assert not machine.queue.paused
        assert machine.queue.runs["a"].wait_bytes is None
        machine.store.close()

    asyncio.run(body())


def test_only_queued_runs_are_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        machine = Machine(tmp_path / "r.db", monkeypatch)
        await machine.queue.submit([a_run("begun"), a_run("a"), a_run("b")])
        for one, before in (("begun", None), ("a", "begun"), ("unknown", None)):
            with pytest.raises(NotQueued):
                await machine.queue.move(one, before)
        await machine.queue.move("b", "a")
        assert machine.queue.order() == ["b", "a"]
        await machine.queue.move("a", "a")
        assert machine.queue.order() == ["b", "a"]
        machine.store.close()

    asyncio.run(body())
