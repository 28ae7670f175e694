"""Why a run cannot be, as the messages' codes with a sentence for the person."""

from __future__ import annotations

from typing import Any

from lbs.protocol.messages import ErrorCode


class RunError(Exception):
    def __init__(self, code: ErrorCode, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.details = code, sentence, details
