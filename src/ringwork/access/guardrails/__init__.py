"""Guard rails for machine learning on AWS: statements with the questions that prove them.

Each function builds one `GuardRail`. `hold` decides its questions, of its own statements or of anybody's:
proved, or refuted with a request that gets through. Names and keys are those of AWS; which actions take a key
is read from the Service Authorization Reference, so that a new action is bound by the next build.
"""

from collections.abc import Callable, Mapping

from ringwork.access.guardrails.detection import stays_on
from ringwork.access.guardrails.model import Breach, Form, GuardRail, offering
from ringwork.access.guardrails.models import (
    approval_apart,
    approved_images,
    approved_models,
    declared_foundation_models,
)
from ringwork.access.guardrails.perimeter import no_root, only_through, ours_on_ours, ours_only, stay
from ringwork.access.guardrails.proving import Held, admits, decide, hold
from ringwork.access.guardrails.sagemaker import encrypted, encrypted_between, in_vpc, isolated

LIBRARY: Mapping[str, Callable[..., GuardRail]] = {
    "sagemaker-in-vpc": in_vpc,
    "sagemaker-isolated": isolated,
    "sagemaker-encrypted": encrypted,
    "sagemaker-encrypted-between": encrypted_between,
    "approved-images": approved_images,
    "approved-models": approved_models,
    "approval-apart": approval_apart,
    "bedrock-declared-models": declared_foundation_models,
    "detection-stays-on": stays_on,
    "only-through-endpoints": only_through,
    "ours-only": ours_only,
    "ours-on-ours": ours_on_ours,
    "stay-in-organization": stay,
    "no-root-user": no_root,
}
"""id -> what builds it"""

__all__ = [
    "LIBRARY",
    "Breach",
    "Form",
    "GuardRail",
    "Held",
    "admits",
    "approval_apart",
    "approved_images",
    "approved_models",
    "decide",
    "declared_foundation_models",
    "encrypted",
    "encrypted_between",
    "hold",
    "in_vpc",
    "isolated",
    "no_root",
    "offering",
    "only_through",
    "ours_on_ours",
    "ours_only",
    "stay",
    "stays_on",
]
