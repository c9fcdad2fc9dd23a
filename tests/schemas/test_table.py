from __future__ import annotations

import importlib.util
import json
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from ringwork.schemas import SOURCE, UnknownTypeError, known, resource_schema, similar_types, types, validate

ROOT = Path(__file__).parent.parent.parent
EMITTED = """
    AWS::EC2::VPC AWS::EC2::Subnet AWS::EC2::RouteTable AWS::EC2::Route
    AWS::EC2::SubnetRouteTableAssociation AWS::EC2::NetworkAcl AWS::EC2::NetworkAclEntry
    AWS::EC2::SubnetNetworkAclAssociation AWS::EC2::SecurityGroup AWS::EC2::SecurityGroupIngress
    AWS::EC2::SecurityGroupEgress AWS::EC2::VPCEndpoint AWS::EC2::InternetGateway
    AWS::EC2::VPCGatewayAttachment AWS::EC2::EIP AWS::EC2::NatGateway AWS::EC2::FlowLog
    AWS::Logs::LogGroup AWS::IAM::Role AWS::IAM::ManagedPolicy AWS::IAM::RolePolicy AWS::KMS::Key
    AWS::KMS::Alias AWS::S3::Bucket AWS::S3::BucketPolicy
    """.split()  # noqa: SIM905
LATER = """
    AWS::EC2::TransitGateway AWS::NetworkFirewall::Firewall AWS::SageMaker::Domain AWS::SageMaker::Model
    AWS::Bedrock::Guardrail AWS::GuardDuty::Detector AWS::Macie::Session AWS::WAFv2::WebACL
    AWS::CloudTrail::Trail AWS::Config::ConfigRule AWS::SecurityHub::Hub AWS::Organizations::Policy
    AWS::ECS::Service AWS::EFS::FileSystem AWS::FSx::FileSystem AWS::RDS::DBInstance
    AWS::Athena::WorkGroup AWS::StepFunctions::StateMachine AWS::ApiGatewayV2::Api
    AWS::Shield::Protection AWS::CodeBuild::Project AWS::BedrockAgentCore::Runtime
    AWS::AutoScaling::AutoScalingGroup AWS::Transfer::Server AWS::LakeFormation::PrincipalPermissions
    AWS::Signer::SigningProfile AWS::CertificateManager::Certificate AWS::KinesisFirehose::DeliveryStream
    """.split()  # noqa: SIM905


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("derive_schemas", ROOT / "scripts" / "derive_schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("type", EMITTED + LATER)
def test_the_table_has_the_type(type: str) -> None:
    assert known(type)
    assert resource_schema(type).primary_identifier


def test_facts_of_a_subnet() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-subnet.html"""
    subnet = resource_schema("AWS::EC2::Subnet")
    assert "VpcId" in subnet.required
    assert {"VpcId", "AvailabilityZone"} <= subnet.create_only
    assert "SubnetId" in subnet.read_only
    assert subnet.primary_identifier == ("SubnetId",)
    assert {"AvailabilityZone", "SubnetId"} <= subnet.attributes
    assert "ec2:CreateSubnet" in subnet.permissions["create"]
    assert subnet.tag_property == "Tags"
    assert "SubnetId" not in subnet.settable


def test_facts_of_a_bucket() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""
    bucket = resource_schema("AWS::S3::Bucket")
    assert bucket.required == frozenset()
    assert "BucketName" in bucket.create_only
    assert {"Arn", "DomainName", "RegionalDomainName"} <= bucket.attributes
    status = bucket.definitions["VersioningConfiguration"]["properties"]["Status"]
    assert set(status["enum"]) == {"Enabled", "Suspended"}


def test_a_secrets_password_is_write_only() -> None:
    """The registry marks SecretString writeOnly: no read returns it."""
    assert "SecretString" in resource_schema("AWS::SecretsManager::Secret").write_only


@pytest.mark.parametrize(
    "type", ["AWS::EC2::Nope", "AWS::Nope::Nope", "Custom::X", "EC2", "AWS::../EC2::VPC"]
)
def test_an_unknown_type_raises(type: str) -> None:
    assert not known(type)
    with pytest.raises(UnknownTypeError):
        resource_schema(type)


def test_similar_types_are_suggested() -> None:
    assert similar_types("AWS::EC2::Subent")[0] == "AWS::EC2::Subnet"
    assert similar_types("AWS::S3::bucket")[0] == "AWS::S3::Bucket"


def test_every_type_of_the_table_compiles_and_refuses_a_property_that_it_lacks() -> None:
    # a custom resource takes any property: its provider is the user's own
    missed = [
        type
        for type in types()
        if type != "AWS::CloudFormation::CustomResource"
        and not any("NoSuchPropertyAnywhere" in p.path for p in validate(type, {"NoSuchPropertyAnywhere": 1}))
    ]
    assert missed == []


def test_the_table_holds_no_prose() -> None:
    def keywords(schema: object) -> set[str]:
        """Keywords, with what stands under names and data left out."""
        found: set[str] = set()
        if isinstance(schema, dict):
            for keyword, value in schema.items():
                found.add(keyword)
                if keyword in ("properties", "patternProperties", "definitions"):
                    for part in value.values():
                        found |= keywords(part)
                elif keyword not in ("default", "const", "enum", "dependentRequired", "dependentExcluded"):
                    found |= keywords(value)
        elif isinstance(schema, list):
            for part in schema:
                found |= keywords(part)
        return found

    for type in types():
        prose = keywords(dict(resource_schema(type).schema)) & {
            "description",
            "title",
            "examples",
            "$comment",
        }
        assert not prose, type


def test_the_manifest_counts_the_types() -> None:
    manifest = json.loads((files("ringwork.schemas") / "data" / "manifest.json").read_text("utf-8"))
    assert manifest["types"] == len(types()) == sum(manifest["services"].values())
    assert manifest["version"] in SOURCE


@pytest.mark.parametrize(
    "type", ["AWS::EC2::VPC", "AWS::S3::Bucket", "AWS::IAM::Role", "AWS::SageMaker::Domain", "AWS::KMS::Key"]
)
def test_the_table_is_what_the_script_derives(type: str) -> None:
    pytest.importorskip("cfnlint")
    from importlib.metadata import version

    if version("cfn-lint") not in SOURCE:
        pytest.skip("another cfn-lint version than the table's is installed")
    service = json.loads(
        (files("ringwork.schemas") / "data" / f"{type.split('::')[1]}.json").read_text("utf-8")
    )
    assert service[type] == _script().Registry().facts(type)
