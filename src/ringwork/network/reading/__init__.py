"""An estate as a network: one file for each construct of AWS, all into the one neutral model.

Nothing raises. What could not be read is a `Problem` at its place; what forwards or filters in a way that is
not modelled is `Unmodelled`; what an estate's gaps may hide makes the tables, ACLs and groups around it
unknown.
"""

from ringwork.network.reading.read import read

__all__ = ["read"]
