"""What the examples compile to: every role and every policy is read, and what stays unknown is said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ringwork.access.reading import read
from ringwork.access.reading.written import BESIDE, INSIDE
from ringwork.workflows.design import design, desired_estate

from .estates import allow, may
from .test_never_raises import check_whole

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["startup", "hospital", "bank"])
def test_an_example_reads_without_a_problem(name: str, tmp_path: Path) -> None:
    estate = desired_estate(design(ROOT / "examples" / f"{name}.yaml"), tmp_path)
    found = read(estate)
    assert found.problems == ()
    check_whole(found)
    roles = estate.of_type("AWS::IAM::Role", "AWS::IAM::ServiceLinkedRole")
    assert found.identities.keys() == {role.key for role in roles}
    assert found.endpoints.keys() == {endpoint.key for endpoint in estate.of_type("AWS::EC2::VPCEndpoint")}
    # each policy of the estate is some document of the model
    read_from = {document.key for document in found.documents}
    for document in found.documents:
        places = (*(document.wider_places or ()), *(document.narrower_places or ()))
        read_from.update(key for key, _ in places)
    written = {
        resource.key
        for resource in estate.resources
        if resource.type in BESIDE
        or resource.type in ("AWS::IAM::RolePolicy", "AWS::Events::EventBusPolicy", "AWS::KMS::Key")
        or (resource.type in INSIDE and INSIDE[resource.type].path[0] in resource.properties)
        or (resource.type == "AWS::EC2::VPCEndpoint" and "PolicyDocument" in resource.properties)
        or (
            resource.type == "AWS::Organizations::Policy"
            and resource.properties["Type"] in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
            and resource.properties.get("TargetIds")
        )
        or (resource.type == "AWS::IAM::ManagedPolicy" and estate.referrers(resource.key))
    }
    assert written <= read_from
    # nothing is unknown but what AWS gives to service-linked roles
    unknown = Counter(reason for identity in found.identities.values() for reason in identity.unknown)
    linked = len(estate.of_type("AWS::IAM::ServiceLinkedRole"))
    assert list(unknown.values()) == [linked]
    assert all("AWSConfigServiceRolePolicy" in reason for reason in unknown)
    others = (*found.guarded.values(), *found.accounts.values(), *found.endpoints.values())
    assert [part for part in others if part.unknown] == []
    assert sum(not document.known for document in found.documents) == linked
    # and that can be given
    policy = {"AWSConfigServiceRolePolicy": {"Version": "2012-10-17", "Statement": [allow("config:Put*")]}}
    given = read(estate, managed=policy)
    assert [identity.unknown for identity in given.identities.values() if identity.unknown] == []
    assert all(document.known for document in given.documents)


@pytest.mark.parametrize(
    ("workload", "reads"),
    [("Train", {"Features"}), ("Prepare", {"Clicks", "Customers"}), ("Explore", {"Clicks"})],
)
def test_a_workload_reads_what_the_blueprint_says_through_the_endpoint_alone(
    workload: str, reads: set[str], tmp_path: Path
) -> None:
    """`examples/startup.yaml` declares what each workload reads."""
    found = read(desired_estate(design(ROOT / "examples" / "startup.yaml"), tmp_path))
    role = next(one for one in found.identities.values() if one.key.endswith(f"/{workload}Role"))
    assert "sagemaker.amazonaws.com" in role.services
    endpoint = next(one for one in found.endpoints.values() if one.gateway and one.service.endswith(".s3"))
    context = {
        "aws__SecureTransport": "true",
        "s3__TlsVersion": "1.3",
        "aws__PrincipalIsAWSService": "false",
        "aws__ViaAWSService": "false",
        "aws__ResourceAccount": role.account,
    }
    inside = {"aws__SourceVpc": endpoint.vpc_id, "aws__SourceVpce": endpoint.id}
    for wider in (False, True):
        through, elsewhere = set(), set()
        for bucket in found.guarded.values():
            if bucket.type != "AWS::S3::Bucket":
                continue
            arn, name = f"{bucket.arn}/x", bucket.key.rpartition("/")[2].removesuffix("Bucket")
            assert found.resource(arn) is bucket
            asked = (found, role, "s3:GetObject", arn)
            if may(*asked, wider=wider, through=endpoint, **context, **inside):
                through.add(name)
            if may(*asked, wider=wider, aws__SourceIp="198.51.100.1", **context):
                elsewhere.add(name)
        assert through == reads
        assert elsewhere == set()
