"""Whether a template may be trusted with a question. Pure: what it rendered, against what it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lbs.benchmarks.chat.thinking import TAGS
from lbs.sentences import Sentence, say

ANSWER = "\u2603ANSWER\u2603"
PROBE = "\n".join(
    [f"{number}. Straße & 'naïve' <b>\"Text\"</b> {{x}}: 你好，世界！ {number * 7919}" for number in range(100)]
)
"""Long, in upper and lower case, with what a filter may escape: a template that changes any of it changes a question, too."""


def lost_content(prompt: str, conversation: Sequence[Mapping[str, str]]) -> Sentence | None:
    """Why the prompt is not the conversation: every message in order, and the last one no more often than it was given.
    Templates may strip a message."""
    contents = [message["content"].strip() for message in conversation]
    place = 0
    for content in contents:
        found = prompt.find(content, place)
        if found < 0:
            return say("chat.changes")
        place = found + len(content)
    *_, last = contents
    given = sum(content.count(last) for content in contents) if last else 0
    return say("chat.repeats") if last and prompt.count(last) > given else None


def wrong_end(opened: str, unopened: str, answered: str | None, eos: str | None) -> Sentence | None:
    """Why the prompt does not end where the answer begins. `opened` and `unopened`: with and without the generation prompt;
    `answered`: with ANSWER as the answer, None where the template does not render that."""
    if eos and opened.rstrip().endswith(eos):
        return say("chat.eos", eos=eos)
    if opened != unopened or answered is None or ANSWER not in answered:
        return None
    before = answered.partition(ANSWER)[0]
    # Some templates put empty thinking before an answer.
    for start, end in TAGS:
        stripped = before.rstrip()
        if stripped.endswith(end):
            before = stripped.removesuffix(end).rstrip().removesuffix(start)
    return None if before.rstrip() == opened.rstrip() else say("chat.end")
