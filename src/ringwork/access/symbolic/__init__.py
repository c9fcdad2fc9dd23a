"""The symbolic engine: is there any request that these policies allow? Exact, with the request or a proof."""

from ringwork.access.symbolic.question import Answer, Question, ask, load, match

__all__ = ["Answer", "Question", "ask", "load", "match"]
