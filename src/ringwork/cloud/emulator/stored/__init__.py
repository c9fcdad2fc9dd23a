"""A generic answer for operations that nothing else has: what a caller puts in can be read back.

Derived from botocore's service models alone. It keeps records and gives them back in the operation's output
shape; it knows no rule of any service. So its answers are labelled `stored`, never `simulated`.
"""

from ringwork.cloud.emulator.stored.generic import answer, kind_of

__all__ = ["answer", "kind_of"]
