"""Talking with the person: chat, comment threads, and the answers of the playbook.

Nothing here needs a language model. What is said stands in the event log; an answer is made of the
workspace's state at its moment, and every number in it was measured by a run that it names.
"""

from .commands import COMMANDS, Ask
from .talk import Talk
from .transcript import read_step

__all__ = ["COMMANDS", "Ask", "Talk", "read_step"]
