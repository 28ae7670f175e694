"""Prompts for chat models: rendered by the model's own template where that keeps the question, else plain."""

from lbs.benchmarks.chat.chat import Chat, Conversation, Frame, Message, Prompt, PromptJson
from lbs.benchmarks.chat.thinking import AnswerBudget, Spoken, without_thinking

__all__ = [
    "AnswerBudget",
    "Chat",
    "Conversation",
    "Frame",
    "Message",
    "Prompt",
    "PromptJson",
    "Spoken",
    "without_thinking",
]
