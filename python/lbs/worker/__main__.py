"""`python -m lbs.worker`: holds the GPU, does what lbs/protocol/messages.py says, ends with its stdin."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from typing import Any

from lbs.memory.limit import size_text
from lbs.protocol.messages import Message
from lbs.settings import Settings, SettingsError
from lbs.worker.channel import Channel
from lbs.worker.log_lines import log


def main() -> int:
    closing: list[Any] = []

    def close() -> None:
        for device in closing:
            device.close()

    channel = Channel(close)
    channel.start()
    try:
        settings = Settings.load()
        # Loaded now, so that the first run finds them warm.
        import torch
        import transformers

        from lbs.worker.devices import open_device

        transformers.utils.logging.disable_progress_bar()
        # Their remarks (a long text is tokenised, no GPU for accelerate) are no news to the person.
        transformers.utils.logging.set_verbosity_error()
        logging.getLogger("accelerate").setLevel(logging.ERROR)
        device = open_device(settings.emulated_gpus)
        closing.append(device)
        worker = Worker(channel, device, settings)
        limits = worker.runner.limits()
        channel.say(
            "hello",
            torch=torch.__version__,
            cuda=torch.version.cuda,
            allocator=allocator_settings(),
            emulated=device.emulated,
            limits=[gpu.as_message() for gpu in limits.gpus if gpu.budget is not None],
            limit_note=limits.note,
        )
    except (SettingsError, ImportError, ValueError) as error:
        # What a second start would meet again; whatever else it is may pass, and is tried again with a growing pause.
        channel.say("fatal", code="start", message=str(error))
        return 2
    worker.work()
    return 0


def allocator_settings() -> str | None:
    """As torch read them, where it can tell; before 2.13 as the environment asks for them."""
    import torch

    told = getattr(torch._C, "_accelerator_getAllocatorSettings", None)
    return (told() if told else os.environ.get("PYTORCH_ALLOC_CONF")) or None


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class Worker:
    def __init__(self, channel: Channel, device: Any, settings: Settings) -> None:
        from lbs.worker.reporter import Reporter
        from lbs.worker.runner import Runner

        self._channel = channel
        self._device = device
        self.runner = Runner(device, settings, lambda state: channel.say("state", state=state))
        self._reporter = Reporter(channel, device, self.runner.cache)

    def work(self) -> None:
        for notice in self._device.notices:
            print(notice, file=sys.stderr, flush=True)
        self._reporter.start()
        while True:
            message = self._channel.inbox.get()
            if message["type"] == "run":
                self._run(message)
                try:
                    self.runner.check_device()
                except Exception as error:
                    log(f"[Runner] The GPU no longer answers this process, which ends for another: {first_line(error)}")
                    self._channel.end(1)
                    return
                self._ready_or_done(message["req_id"])
            elif message["type"] == "clear":
                self._channel.say("cleared", freed=self.runner.release())

    def _ready_or_done(self, req_id: str) -> None:
        """A worker whose last run left memory behind takes no other: the server replaces it, and all of it comes back."""
        held = self.runner.unreleased()
        if not held:
            self._channel.say("state", state="idle")
            return
        places = ", ".join(f"GPU {index}: {size_text(size)}" for index, size in held.items())
        sentence = f"GPU memory did not come back after the run ({places}): the worker is replaced, which frees it."
        log(f"[Runner] {sentence}")
        told = {"bytes": {str(index): size for index, size in held.items()}, **self.runner.evidence()}
        self._channel.say("unreleased", req_id=req_id, message=sentence, details=told)

    def _run(self, message: Message) -> None:
        from lbs.benchmarks.hooks import Hooks
        from lbs.worker.errors import RunError

        req_id = message["req_id"]

        def progress(current: int, total: int, question: str) -> None:
            self._channel.say(
                "progress", req_id=req_id, current_item=current, total_items=total, current_question=question
            )

        hooks = Hooks(
            on_stage=lambda name, share: self._channel.say("stage", req_id=req_id, stage=name, share=share),
            on_progress=progress,
            on_item=lambda key, item: self._channel.say("item", req_id=req_id, key=key, item=item),
            cancelled=lambda: self._channel.is_cancelled(req_id),
            done=message["done"],
        )
        try:
            result = self.runner.run(message, hooks)
        except RunError as error:
            print(f"[Runner] {error.sentence}", file=sys.stderr, flush=True)
            self._channel.say("error", req_id=req_id, code=error.code, message=error.sentence, details=error.details)
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            sentence = f"The run failed inside ({type(error).__name__}: {error}); the log says where."
            self._channel.say("error", req_id=req_id, code="internal", message=sentence, details={})
        else:
            # First what is held now: who hears of the end finds the memory given back.
            self._reporter.report()
            self._channel.say("result", req_id=req_id, result=result)


if __name__ == "__main__":
    sys.exit(main())
