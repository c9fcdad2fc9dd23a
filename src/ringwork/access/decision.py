"""The outcome of an authorization, and what AWS says about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ringwork.access.request import Request


class Layer(StrEnum):
    """A kind of policy, as AWS's access denied messages name it.

    Source: IAM user guide, "Troubleshoot access denied error messages".
    """

    RCP = "resource control policy"
    SCP = "service control policy"
    RESOURCE = "resource-based policy"
    ENDPOINT = "VPC endpoint policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    IDENTITY = "identity-based policy"
    TRUST = "role trust policy"
    KEY = "key policy"

    @property
    def said(self) -> str:
        """The name in AWS's messages: trust and key policies are resource-based policies there."""
        return Layer.RESOURCE.value if self in (Layer.TRUST, Layer.KEY) else self.value


@dataclass(frozen=True, slots=True)
class StatementRef:
    """A statement that decided."""

    layer: Layer
    policy: str
    """the policy's name"""
    index: int
    """of the statement, from 0"""
    sid: str = ""

    def __str__(self) -> str:
        which = f"statement `{self.sid}`" if self.sid else f"statement {self.index + 1}"
        return f"{which} of the {self.layer.value}{f' `{self.policy}`' if self.policy else ''}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request is allowed, and by what."""

    allowed: bool
    explicit: bool = False
    """an explicit Deny decided"""
    layer: Layer | None = None
    """for a refusal: the kind of policy that refused"""
    statements: tuple[StatementRef, ...] = ()
    """the statements that decided: the Deny, or the Allows that grant"""
    unknown: tuple[str, ...] = ()
    """what is not modelled and could change the answer; then it is not allowed"""
    ambiguous: tuple[str, ...] = ()
    """AWS rules that can be read in two ways, and that the answer depends on"""

    def explain(self) -> str:
        """One sentence: what decided."""
        by = " and ".join(str(statement) for statement in self.statements)
        if self.allowed:
            text = f"allowed by {by}" if by else "allowed: AWS allows it to everybody"
        elif self.unknown:
            text = f"not decided: {'; '.join(self.unknown)}"
        elif self.explicit:
            text = f"denied by {by}"
        else:
            text = f"denied: no {self.layer.value if self.layer else 'policy'} allows it"
        if self.ambiguous:
            text += f" (it hinges on: {'; '.join(self.ambiguous)})"
        return text


def message(request: Request, decision: Decision) -> str:
    """AWS's message for a refusal.

    Source: IAM user guide, "Troubleshoot access denied error messages", "Access denied error message
    examples": `User: ARN is not authorized to perform: ACTION on resource: RESOURCE because no TYPE policy
    allows the ACTION action`, or `... with an explicit deny in a TYPE policy`.
    """
    text = f"User: {request.principal.arn} is not authorized to perform: {request.action}"
    if request.resource != "*":
        text += f" on resource: {request.resource}"
    if decision.layer is None:
        return text
    said = decision.layer.said
    if decision.explicit:
        article = "an" if said.startswith(("i", "R")) else "a"
        return f"{text} with an explicit deny in {article} {said}"
    return f"{text} because no {said} allows the {request.action} action"
