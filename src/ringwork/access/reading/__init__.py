"""An estate, or what an account says of itself, as the one model of authority.

Nothing raises. What AWS would not accept is a `Problem` at its place, and hides nothing else; what is not
known makes documents as wide and as narrow as they may turn out.
"""

from ringwork.access.reading.details import from_authorization_details
from ringwork.access.reading.folder import from_documents
from ringwork.access.reading.read import read

__all__ = ["from_authorization_details", "from_documents", "read"]
