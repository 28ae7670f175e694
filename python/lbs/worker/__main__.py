"""`python -m lbs.worker`: the process that holds the GPU. It follows lbs/protocol/messages.py and exits when stdin closes."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from typing import TYPE_CHECKING, assert_never

from lbs.imports.needed import WORKER_NEEDS, CannotImport, import_all
from lbs.memory.limit import Limits, size_text
from lbs.protocol.messages import (
    AppliedLimit,
    Cleared,
    ClearMemory,
    Fatal,
    Hello,
    ImportFailed,
    ItemDone,
    Planned,
    Progress,
    RunFailed,
    RunResult,
    Stage,
    Starting,
    StartRun,
    State,
    Unreleased,
)
from lbs.sentences import Sentence, say, sentence_of
from lbs.settings import Settings, SettingsError
from lbs.worker.channel import Channel
from lbs.worker.log_lines import log, log_begin, log_end

if TYPE_CHECKING:
    from lbs.benchmarks.hooks import Hooks
    from lbs.worker.devices import Device


def main() -> int:
    opened: list[Device] = []

    def close() -> None:
        for device in opened:
            device.close()

    channel = Channel(close)
    channel.start()
    try:
        settings = Settings.load()
        # Imported now, so that the first run does not wait for them.
        import_all(WORKER_NEEDS, lambda module: channel.send(Starting(module)))
        channel.send(Starting("gpus"))
        loop = open_loop(channel, settings, opened)
    except CannotImport as problem:
        traceback.print_exc(file=sys.stderr)
        channel.send(ImportFailed(problem.module, problem.error, problem.file))
        return 2
    except (SettingsError, ImportError, ValueError) as error:
        # A second start would fail alike; any other error may pass, and the server retries with back-off.
        channel.send(Fatal(sentence_of(error)))
        return 2
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return 1
    loop.work()
    return 0


def open_loop(channel: Channel, settings: Settings, opened: list[Device]) -> WorkerLoop:
    """Opens the GPUs, which `opened` then holds, and reports that the worker is ready."""
    import torch
    import transformers

    from lbs.worker.devices import open_device

    transformers.utils.logging.disable_progress_bar()
    # Their warnings, such as of a long text or a missing GPU, do not concern the user.
    transformers.utils.logging.set_verbosity_error()
    logging.getLogger("accelerate").setLevel(logging.ERROR)
    device = open_device(settings.emulated_gpus)
    opened.append(device)
    loop = WorkerLoop(channel, device, settings)
    limits = loop.runner.limits()
    channel.send(
        Hello(
            torch=torch.__version__,
            cuda=torch.version.cuda,
            allocator=allocator_settings(),
            emulated=device.emulated,
            limits=applied_limits(limits),
            limit_note=limits.note,
            expandable=device.expandable(),
        )
    )
    return loop


def applied_limits(limits: Limits) -> list[AppliedLimit]:
    return [
        {"index": gpu.card.index, "uuid": gpu.card.uuid, "total": gpu.card.total, "budget": gpu.budget, "cap": gpu.cap}
        for gpu in limits.gpus
        if gpu.budget is not None
    ]


def allocator_settings() -> str | None:
    """As PyTorch read them, where it reports them (from 2.13 on); else as the environment sets them."""
    import torch

    get = getattr(torch._C, "_accelerator_getAllocatorSettings", None)
    return (get() if get else os.environ.get("PYTORCH_ALLOC_CONF")) or None


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class WorkerLoop:
    """Handles one message after the other."""

    def __init__(self, channel: Channel, device: Device, settings: Settings) -> None:
        from lbs.worker.reporter import Reporter
        from lbs.worker.runner import Runner

        self._channel = channel
        self._device = device
        self.runner = Runner(device, settings, lambda state: channel.send(State(state)))
        self._reporter = Reporter(channel, device, self.runner.cache)

    def work(self) -> None:
        for notice in self._device.notices:
            print(notice, file=sys.stderr, flush=True)
        self._reporter.start()
        while True:
            message = self._channel.inbox.get()
            with self._reporter.working():
                if not self._handle(message):
                    return

    def _handle(self, message: StartRun | ClearMemory) -> bool:
        """False where the worker has to exit."""
        match message:
            case StartRun():
                self._run(message)
                try:
                    self.runner.check_device()
                except Exception as error:
                    log(f"[Runner] The GPU stopped answering this process, which exits: {first_line(error)}")
                    self._channel.end(1)
                    return False
                self._idle_or_unreleased(message.req_id)
            case ClearMemory():
                self._channel.send(Cleared(freed=self.runner.release()))
            case other:
                assert_never(other)
        return True

    def _idle_or_unreleased(self, req_id: str) -> None:
        """A worker whose last run left memory behind accepts no other: the server replaces it, which frees the memory."""
        held = self.runner.unreleased()
        if not held:
            self._channel.send(State("idle"))
            return
        places = [say("worker.held_on_gpu", index=index, size=size_text(size)) for index, size in held.items()]
        sentence = say("worker.unreleased", places=places)
        log(f"[Runner] {sentence}")
        bytes_by_gpu = {str(index): size for index, size in held.items()}
        self._channel.send(Unreleased(req_id, sentence, {"bytes": bytes_by_gpu, **self.runner.held()}))

    def _run(self, message: StartRun) -> None:
        from lbs.worker.errors import RunError

        log_begin(message.req_id, message.dataset, message.model)
        try:
            result = self.runner.run(message, self._hooks(message))
        except RunError as error:
            print(f"[Runner] {error.sentence}", file=sys.stderr, flush=True)
            self._channel.send(RunFailed(message.req_id, error.code, error.sentence, {**error.details}))
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            sentence = say("worker.internal", kind=type(error).__name__, reason=str(error))
            self._channel.send(RunFailed(message.req_id, "internal", sentence, {}))
        else:
            # The memory is reported first: a client that reads the result finds it released.
            self._reporter.report()
            self._channel.send(RunResult(message.req_id, result))
        log_end(message.req_id)

    def _hooks(self, message: StartRun) -> Hooks:
        from lbs.benchmarks.hooks import Hooks

        send, req_id = self._channel.send, message.req_id

        def progress(done: int, total: int, question: Sentence) -> None:
            send(Progress(req_id, done, total, question))
            if done < total:
                self._channel.wait_while_paused(req_id)

        return Hooks(
            on_stage=lambda name, share: send(Stage(req_id, name, share)),
            on_plan=lambda plan, peak, offloaded: send(Planned(req_id, {**plan}, peak, offloaded)),
            on_progress=progress,
            on_item=lambda key, item: send(ItemDone(req_id, key, {**item})),
            cancelled=lambda: self._channel.is_cancelled(req_id),
            done=message.done,
        )


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The thread that reads stdin would abort a normal exit of the interpreter.
    os._exit(code)
