"""Questions about packets, and their answers: who can reach whom, why not, and what has changed."""

from ringwork.network.questions.answer import Answer, Looked, Unsettled, Witness
from ringwork.network.questions.ends import End, Party, parse, resolve
from ringwork.network.questions.flowing import Flowing
from ringwork.network.questions.network import Network
from ringwork.network.questions.reach import always, reach

__all__ = [
    "Answer",
    "End",
    "Flowing",
    "Looked",
    "Network",
    "Party",
    "Unsettled",
    "Witness",
    "always",
    "parse",
    "reach",
    "resolve",
]
