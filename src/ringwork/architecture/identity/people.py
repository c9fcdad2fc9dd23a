"""Roles of people in an environment, one for each duty, and the boundary around them.

| duty | may | may not |
|---|---|---|
| author | run jobs and pipelines, open notebooks from the VPC, register versions | approve, deploy |
| approver | approve or reject versions | register, run, deploy |
| operator | put approved models into service, scale, roll back | read data, approve, run jobs |

Nobody who has one of these can do another's part: what is another's is denied, so that no policy that
somebody adds joins two duties (control IAM-14). The operator passes no role but the endpoints', and those
read approved artifacts only, so what goes into service is what was approved. Break-glass and audit are not
here: bootstrap makes them before anything else.

A role exists where somebody is declared for it: principals of the blueprint, or a group of IAM Identity
Center, whose members come through the permission set of the duty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringwork.architecture import names, sagemaker
from ringwork.architecture.identity import permissions
from ringwork.architecture.identity.boundary import pins_subnets
from ringwork.architecture.identity.elsewhere import Elsewhere
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import Duty, logical
from ringwork.architecture.policy import Conditions, Statement, allow, deny, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref, sub
from ringwork.blueprint.model import Blueprint, WorkloadType

ACCOUNT = "${AWS::AccountId}"
BOUNDARY = "PeopleBoundary"
SEE = (
    "sagemaker:Describe*",
    "sagemaker:ListModelPackages",
    "sagemaker:ListTags",
)
LIST = (
    *("cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics"),
    *("sagemaker:ListDomains", "sagemaker:ListEndpoints", "sagemaker:ListModelPackageGroups"),
    *("sagemaker:ListModels", "sagemaker:ListNotebookInstances", "sagemaker:ListPipelines"),
    *("sagemaker:ListTrainingJobs", "sagemaker:ListUserProfiles"),
)
"""Names and states, no content; none of them has resource-level permissions."""
OPEN_NOTEBOOKS = ("sagemaker:CreatePresignedDomainUrl", "sagemaker:CreatePresignedNotebookInstanceUrl")
NOTEBOOKS = ("sagemaker:StartNotebookInstance", "sagemaker:StopNotebookInstance")
REGISTER = ("sagemaker:CreateModelPackage",)
APPROVE = ("sagemaker:UpdateModelPackage",)
DEPLOY = (
    *("sagemaker:CreateEndpoint", "sagemaker:CreateEndpointConfig", "sagemaker:CreateModel"),
    *("sagemaker:DeleteEndpointConfig", "sagemaker:DeleteModel", "sagemaker:UpdateEndpoint"),
    "sagemaker:UpdateEndpointWeightsAndCapacities",
)
RUN = (
    *("sagemaker:CreatePipeline", "sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"),
    *("sagemaker:CreateTransformJob", "sagemaker:StartPipelineExecution", "sagemaker:UpdatePipeline"),
)
STATUS = "sagemaker:ModelApprovalStatus"
PENDING, DECIDED = "PendingManualApproval", ("Approved", "Rejected")


def sso_roles(organization: str, duty: str) -> str:
    """Pattern of the role that IAM Identity Center makes in an account for a duty's permission set (IAM
    Identity Center user guide, "Referencing permission sets in resource policies"), for Fn::Sub."""
    path = "role/aws-reserved/sso.amazonaws.com/*"
    return (
        f"arn:${{AWS::Partition}}:iam::{ACCOUNT}:{path}AWSReservedSSO_{permission_set(organization, duty)}_*"
    )


def permission_set(organization: str, duty: str) -> str:
    """At most 32 characters (IAM Identity Center, CreatePermissionSet)."""
    return names.shortened(f"{organization}-{duty}", 32)


def approvers(blueprint: Blueprint, team: str) -> list[str]:
    """Who may approve versions of a team's models: ARNs, and `people` for a group."""
    models = blueprint.teams[team].models.values()
    found = {arn for model in models for arn in (model.approvers or blueprint.approvers)}
    people = blueprint.perimeter.people
    return [*sorted(found), *(["people"] if people and people.approvers else [])]


def _declared(site: Site, duty: Duty) -> list[str]:
    """ARNs and patterns of who may take a duty's role; none: nobody is declared."""
    blueprint, people = site.blueprint, site.blueprint.perimeter.people
    models = site.team.models.values()
    arns: Mapping[Duty, set[str]] = {
        Duty.AUTHOR: set(),
        Duty.APPROVER: {arn for model in models for arn in (model.approvers or blueprint.approvers)},
        Duty.OPERATOR: set(blueprint.administrators),
    }
    groups = {
        Duty.AUTHOR: people and people.authors,
        Duty.APPROVER: people and people.approvers,
        Duty.OPERATOR: people and people.operators,
    }
    found = sorted(arns[duty])
    if groups[duty]:
        found.append(sso_roles(site.organization, duty.value))
    return found


def _needed(site: Site, duty: Duty) -> bool:
    """Whether the environment has something that the duty is about."""
    if duty is Duty.APPROVER:
        return bool(site.team.models)
    if duty is Duty.OPERATOR:
        return bool(site.of_type(WorkloadType.ENDPOINT))
    return True


def add_people(template: TemplateBuilder, site: Site, layout: Layout, place: Elsewhere) -> None:
    """The roles of people, where somebody is declared for them."""
    wanted = {duty: _declared(site, duty) for duty in Duty if _needed(site, duty)}
    wanted = {duty: who for duty, who in wanted.items() if who}
    if not wanted:
        return
    where = f"{site.organization}/{site.environment.name}"
    template.add(
        BOUNDARY,
        "AWS::IAM::ManagedPolicy",
        {
            "ManagedPolicyName": names.boundary(site.organization, f"{site.environment.name}--people"),
            "Description": f"The most that people of {where} may ever do",
            "PolicyDocument": document(_boundary(site)),
        },
        Purpose(
            "IAM-09, IAM-10, IAM-12", "People run what the environment has, in its VPC, and change no rights"
        ),
    )
    # the boundary demands subnets of what people create; here, where there is room for their list, that they
    # are the environment's own
    own = [sagemaker.own_subnets(place.subnets())] if pins_subnets(site) else []
    for duty, who in wanted.items():
        more = [] if duty is Duty.APPROVER else own
        _person(template, site, duty, who, [*_DUTIES[duty](site, layout, place), *more])


def _person(
    template: TemplateBuilder, site: Site, duty: Duty, who: Sequence[str], given: Sequence[Statement]
) -> None:
    role = template.add(
        logical("Person", duty.value, "Role"),
        "AWS::IAM::Role",
        {
            "RoleName": names.person_role(site.organization, site.environment.name, duty),
            "Description": f"people with the duty {duty.value} in {site.environment.name}",
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": document([_trust(who)]),
            "PermissionsBoundary": ref(BOUNDARY),
        },
        Purpose("IAM-14, IAM-29", f"The {duty.value}'s part, apart from everybody else's"),
        tags={"ringwork:duty": duty.value},
    )
    template.add(
        f"{role}Policy",
        "AWS::IAM::RolePolicy",
        {
            "PolicyName": "duty",
            "RoleName": ref(role),
            "PolicyDocument": document([*_see(site), *given]),
        },
        Purpose("IAM-05, IAM-13, IAM-14, IAM-28", "What the duty is about, and a Deny of the other duties"),
    )


def _trust(who: Sequence[str]) -> Statement:
    """Each declared principal, and no other of its account. The account is the principal: a role that is
    deleted and made again is another one, and one that does not exist yet is no error."""
    accounts = sorted({ACCOUNT if "${" in arn else arn.split(":")[4] for arn in who})
    roots: list[Json] = [sub(f"arn:${{AWS::Partition}}:iam::{account}:root") for account in accounts]
    return Statement(
        "DeclaredPeople",
        "Allow",
        ("sts:AssumeRole", "sts:SetSourceIdentity"),
        principal={"AWS": roots[0] if len(roots) == 1 else roots},
        conditions={"ArnLike": {"aws:PrincipalArn": [sub(arn) for arn in who]}},
        no_resource=True,
    )


def _arns(site: Site, *types: str) -> list[str]:
    prefix = names.sagemaker_prefix(site.organization, site.environment.name)
    return [
        f"arn:${{AWS::Partition}}:sagemaker:{region}:{ACCOUNT}:{type}/{prefix}*"
        for region in sorted(site.blueprint.regions)
        for type in types
    ]


def own_team(key: str = "aws:ResourceTag") -> Conditions:
    """What carries the tag of the caller's own role: a role's tags are its sessions' (IAM user guide,
    "Define permissions based on attributes with ABAC authorization", control IAM-28)."""
    return {"StringEquals": {f"{key}/ringwork:team": "${aws:PrincipalTag/ringwork:team}"}}


def _see(site: Site) -> list[Statement]:
    return [allow("SeeStates", SEE, _arns(site, "*")), allow("ListNames", LIST)]


def _author(site: Site, layout: Layout, place: Elsewhere) -> list[Statement]:
    regions = sorted(site.blueprint.regions)
    vpcs = [vpc for region in regions for vpc in place.calling_vpcs(region)]
    profiles = [f"arn:${{AWS::Partition}}:sagemaker:{region}:{ACCOUNT}:user-profile/*" for region in regions]
    found = [
        # a session's URL opens a notebook for whoever has it: it is given inside the VPC only, through an
        # endpoint (SageMaker developer guide, "Connect to Studio through an interface VPC endpoint")
        allow(
            "OpenStudioFromVpc",
            OPEN_NOTEBOOKS[:1],
            profiles,
            conditions={
                "Null": {"aws:SourceVpce": "false"},
                "StringEquals": {**own_team()["StringEquals"], "aws:SourceVpc": vpcs},
            },
        ),
        allow(
            "OpenNotebooksFromVpc",
            OPEN_NOTEBOOKS[1:],
            _arns(site, "notebook-instance"),
            conditions={"Null": {"aws:SourceVpce": "false"}, "StringEquals": {"aws:SourceVpc": vpcs}},
        ),
        allow("UseNotebooks", NOTEBOOKS, _arns(site, "notebook-instance"), conditions=own_team()),
        allow(
            "RegisterAsPending",
            REGISTER,
            _arns(site, "model-package"),
            conditions={"StringEquals": {STATUS: PENDING}},
        ),
        deny("NotApprover", APPROVE),
        deny("RegistersAsPendingOnly", REGISTER, conditions={"StringNotEquals": {STATUS: PENDING}}),
        deny("NotOperator", tuple(action for action in DEPLOY if action != "sagemaker:CreateModel")),
    ]
    if site.of_type(WorkloadType.PIPELINE):
        found.append(
            allow("RunPipelines", permissions.RUN_PIPELINES, _arns(site, "pipeline"), conditions=own_team())
        )
    passed = [names.role_arn(site.role(name)) for name in site.of_type(*permissions.PASSED_BY_PIPELINES)]
    if passed:
        jobs = _arns(site, "model", "processing-job", "training-job", "transform-job")
        creating = [action.partition(":")[2] for action in permissions.CREATE_JOBS]
        tagged = own_team("aws:RequestTag")
        found += [
            allow("RunJobs", permissions.CREATE_JOBS, jobs, conditions=tagged),
            allow(
                "TagWhileCreating",
                ("sagemaker:AddTags",),
                jobs,
                conditions={"StringEquals": {**tagged["StringEquals"], "sagemaker:TaggingAction": creating}},
            ),
            allow("StopJobs", ("sagemaker:Stop*Job",), jobs, conditions=own_team()),
            permissions.pass_to_sagemaker("PassRolesOfJobs", sorted(passed)),
        ]
    return found


def _approver(site: Site, layout: Layout, place: Elsewhere) -> list[Statement]:
    return [
        allow(
            "Decide",
            APPROVE,
            _arns(site, "model-package"),
            conditions={"StringEquals": {STATUS: list(DECIDED)}},
        ),
        deny("NotAuthor", (*REGISTER, *RUN, *OPEN_NOTEBOOKS, "iam:PassRole")),
        deny("NotOperator", DEPLOY),
    ]


def _operator(site: Site, layout: Layout, place: Elsewhere) -> list[Statement]:
    serving = [names.role_arn(site.role(name)) for name in site.of_type(WorkloadType.ENDPOINT)]
    tagged = own_team("aws:RequestTag")
    made = _arns(site, "endpoint", "endpoint-config", "model")
    creating = [action.partition(":")[2] for action in DEPLOY if action.startswith("sagemaker:Create")]
    return [
        allow("Serve", [a for a in DEPLOY if ":Create" in a], made, conditions=tagged),
        allow("Change", [a for a in DEPLOY if ":Create" not in a], made, conditions=own_team()),
        allow(
            "TagWhileCreating",
            ("sagemaker:AddTags",),
            made,
            conditions={"StringEquals": {**tagged["StringEquals"], "sagemaker:TaggingAction": creating}},
        ),
        # these roles read approved artifacts and nothing else
        permissions.pass_to_sagemaker("PassRolesOfEndpoints", sorted(serving)),
        deny("NotApprover", (*APPROVE, *REGISTER)),
        deny("NotAuthor", (*RUN, *OPEN_NOTEBOOKS)),
        deny("ReadsNoData", ("kms:Decrypt", "s3:*", "sagemaker:InvokeEndpoint*")),
    ]  # fmt: skip


_DUTIES = {Duty.AUTHOR: _author, Duty.APPROVER: _approver, Duty.OPERATOR: _operator}

PEOPLE_USE = (
    *("cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "iam:PassRole"),
    *("sagemaker:AddTags", "sagemaker:Create*", "sagemaker:DeleteEndpointConfig", "sagemaker:DeleteModel"),
    *("sagemaker:Describe*", "sagemaker:List*", "sagemaker:Start*", "sagemaker:Stop*", "sagemaker:Update*"),
)


def _boundary(site: Site) -> list[Statement]:
    """The most that any duty needs: nothing of identity, architecture, detection or data."""
    every = [f"arn:${{AWS::Partition}}:sagemaker:*:{ACCOUNT}:*"]
    passed = sorted(
        names.role_arn(site.role(name))
        for name in site.of_type(*permissions.PASSED_BY_PIPELINES, WorkloadType.ENDPOINT)
    )
    acting = sorted(
        {*OPEN_NOTEBOOKS, *NOTEBOOKS, *REGISTER, *APPROVE, *DEPLOY, *permissions.CREATE_JOBS, *SEE,
         *permissions.RUN_PIPELINES, "sagemaker:AddTags", "sagemaker:Stop*Job"}
    )  # fmt: skip
    found = [allow("SageMaker", acting, every), allow("ListNames", LIST)]
    if passed:
        found.append(permissions.pass_to_sagemaker("PassRole", passed))
    return [
        *found,
        Statement("NothingElse", "Deny", (), not_actions=PEOPLE_USE),
        *sagemaker.in_vpc({}, {}),
        *sagemaker.isolated({}),
        *sagemaker.encrypted({}),
    ]
