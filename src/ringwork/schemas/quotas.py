"""AWS quotas that a design can break. Values are AWS's defaults, read from the page that `source` names."""

from __future__ import annotations

from dataclasses import dataclass

_CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
_VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_PRIVATELINK = "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html"
_ORGANIZATIONS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"
_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_STS = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"
_KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html"
_S3_POLICY = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html"
_S3 = "https://docs.aws.amazon.com/general/latest/gr/s3.html"


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota: at most `value` of `unit`."""

    name: str
    value: int
    unit: str
    source: str
    """the AWS page"""
    maximum: int | None = None
    """what AWS may raise it to, on request; none where AWS names no bound or never raises it"""
    adjustable: bool = False

    @property
    def help(self) -> str:
        if self.adjustable:
            bound = f" (at most {self.maximum:,})" if self.maximum else ""
            return f"the default quota is {self.value:,}; AWS raises it on request{bound}: {self.source}"
        return f"the quota is {self.value:,} and fixed: {self.source}"


STACK_RESOURCES = Quota("resources in a template", 500, "resources", _CLOUDFORMATION)
STACK_PARAMETERS = Quota("parameters in a template", 200, "parameters", _CLOUDFORMATION)
STACK_OUTPUTS = Quota("outputs in a template", 200, "outputs", _CLOUDFORMATION)
STACK_MAPPINGS = Quota("mappings in a template", 200, "mappings", _CLOUDFORMATION)
PARAMETER_VALUE = Quota("size of a parameter value", 4096, "bytes", _CLOUDFORMATION)
TEMPLATE_BODY = Quota("template body in a request", 51_200, "bytes", _CLOUDFORMATION)
TEMPLATE_OBJECT = Quota("template body in S3", 1_000_000, "bytes", _CLOUDFORMATION)
"""AWS writes 1 MB; this is the stricter reading of it."""

SUBNETS_PER_VPC = Quota("subnets in a VPC", 200, "subnets", _VPC, adjustable=True)
GROUP_RULES = Quota(
    "rules of a security group in one direction", 60, "rules", _VPC, maximum=200, adjustable=True
)
"""For IPv4 and IPv6 apart; a rule that names a group counts for both, a prefix list as its size.
This quota times that of groups per interface may not exceed 1,000."""
GROUPS_PER_INTERFACE = Quota(
    "security groups of a network interface", 5, "groups", _VPC, maximum=16, adjustable=True
)
ACL_RULES = Quota("rules of a network ACL in one direction", 20, "rules", _VPC, maximum=40, adjustable=True)
"""For IPv4 and IPv6 apart; the default deny rule counts, so 19 of one's own."""
ROUTES_PER_TABLE = Quota("routes of a route table", 500, "routes", _VPC, maximum=1000, adjustable=True)
"""For IPv4 and IPv6 apart, without propagated routes. 50 until June 2025."""
INTERFACE_ENDPOINTS = Quota("interface endpoints in a VPC", 50, "endpoints", _PRIVATELINK, adjustable=True)
ENDPOINT_POLICY = Quota("size of an endpoint policy", 20_480, "characters", _PRIVATELINK)
"""White space counts."""

MANAGED_POLICY = Quota("size of a managed policy", 6144, "characters", _IAM)
"""IAM counts no white space, here and in the next four."""
USER_INLINE_POLICIES = Quota("size of all inline policies of a user", 2048, "characters", _IAM)
GROUP_INLINE_POLICIES = Quota("size of all inline policies of a group", 5120, "characters", _IAM)
ROLE_INLINE_POLICIES = Quota("size of all inline policies of a role", 10_240, "characters", _IAM)
TRUST_POLICY = Quota("size of a trust policy", 2048, "characters", _IAM, maximum=8192, adjustable=True)
SESSION_POLICY = Quota("size of a session policy", 2048, "characters", _STS)
POLICIES_PER_ROLE = Quota("managed policies of a role", 10, "policies", _IAM, maximum=25, adjustable=True)

SERVICE_CONTROL_POLICY = Quota("size of a service control policy", 10_240, "characters", _ORGANIZATIONS)
"""5,120 until 15 May 2026."""
RESOURCE_CONTROL_POLICY = Quota("size of a resource control policy", 5120, "characters", _ORGANIZATIONS)
AI_OPT_OUT_POLICY = Quota("size of an AI services opt-out policy", 2500, "characters", _ORGANIZATIONS)
SERVICE_CONTROL_POLICIES_PER_TARGET = Quota(
    "service control policies attached to an account, an organizational unit or the root", 10, "policies",
    _ORGANIZATIONS,
)  # fmt: skip
"""`FullAWSAccess` counts. 5 until 15 May 2026."""
POLICIES_PER_TARGET = Quota(
    "policies of any other kind attached to an account, an organizational unit or the root", 5, "policies",
    _ORGANIZATIONS,
)  # fmt: skip
"""`RCPFullAWSAccess` counts. Backup, tag and declarative policies, which no stack of ours has, may be 10."""

KEY_POLICY = Quota("size of a key policy", 32_768, "bytes", _KMS)
BUCKET_POLICY = Quota("size of a bucket policy", 20_480, "bytes", _S3_POLICY)
"""20 KB."""
BUCKETS_PER_ACCOUNT = Quota(
    "general purpose buckets of an account", 10_000, "buckets", _S3, maximum=1_000_000, adjustable=True
)
