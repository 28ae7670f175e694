"""C-Eval's files and prompts. Without torch: the server lists subjects and checks a submission with it."""

from lbs.benchmarks.ceval_data.files import Stamps, no_files, stamps_of, subjects_in
from lbs.benchmarks.ceval_data.prompts import Message, letter_text, messages, plain_prompt
from lbs.benchmarks.ceval_data.questions import Question, Questions, count_rows, read_questions
from lbs.benchmarks.ceval_data.rows import LETTERS, Row

__all__ = [
    "LETTERS",
    "Message",
    "Question",
    "Questions",
    "Row",
    "Stamps",
    "count_rows",
    "letter_text",
    "messages",
    "no_files",
    "plain_prompt",
    "read_questions",
    "stamps_of",
    "subjects_in",
]
