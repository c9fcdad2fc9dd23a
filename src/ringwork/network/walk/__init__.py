"""A concrete packet's way through AWS, rule by rule: the specification of `ringwork.network`.

Plain Python, slow and simple: each rule stands in the file of its construct and cites AWS. The prover is held
against it, and every witness is walked before it is shown.
"""

from ringwork.network.walk.answer import Exchange, Hop, Outcome, Start, Walk, verdict
from ringwork.network.walk.engine import exchange, walk
from ringwork.network.walk.known import Known

__all__ = ["Exchange", "Hop", "Known", "Outcome", "Start", "Walk", "exchange", "verdict", "walk"]
