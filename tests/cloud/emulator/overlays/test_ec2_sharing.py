"""Public sharing of snapshots and AMIs, and what an account prefers for the metadata service."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def ec2(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION).client("ec2")


def make_public(ec2, snapshot):
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot,
        Attribute="createVolumePermission",
        OperationType="add",
        GroupNames=["all"],
    )


@pytest.fixture
def snapshot(ec2):
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    return ec2.create_snapshot(VolumeId=volume)["SnapshotId"]


def test_snapshots_can_be_shared_publicly_until_that_is_blocked(ec2, snapshot):
    """EBS user guide, "Block public access for Amazon EBS snapshots"."""
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"
    make_public(ec2, snapshot)
    answer = ec2.enable_snapshot_block_public_access(State="block-all-sharing")
    assert answer["State"] == "block-all-sharing"
    assert ec2.get_snapshot_block_public_access_state()["State"] == "block-all-sharing"
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        make_public(ec2, snapshot)
    assert ec2.disable_snapshot_block_public_access()["State"] == "unblocked"
    make_public(ec2, snapshot)


def test_a_snapshot_is_shared_with_an_account_whatever_is_blocked(ec2, snapshot):
    """Same page: "does not prevent private snapshot sharing"."""
    ec2.enable_snapshot_block_public_access(State="block-new-sharing")
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot,
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=["444455556666"],
    )
    shared = ec2.describe_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission")
    assert [entry["UserId"] for entry in shared["CreateVolumePermissions"]] == ["444455556666"]


def test_amis_of_a_new_account_cannot_be_shared_publicly(ec2):
    """EC2 user guide, "Understand block public access for AMIs", "Default settings"."""
    image = ec2.register_image(Name="own", Architecture="x86_64", RootDeviceName="/dev/xvda")["ImageId"]
    everybody = {"Add": [{"Group": "all"}]}
    assert ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"] == "block-new-sharing"
    with pytest.raises(ClientError, match="OperationNotPermitted"):
        ec2.modify_image_attribute(ImageId=image, LaunchPermission=everybody)
    assert ec2.disable_image_block_public_access()["ImageBlockPublicAccessState"] == "unblocked"
    ec2.modify_image_attribute(ImageId=image, LaunchPermission=everybody)
    assert ec2.describe_images(ImageIds=[image])["Images"][0]["Public"] is True


def run(ec2, **options):
    image = ec2.register_image(Name="own", Architecture="x86_64", RootDeviceName="/dev/xvda")["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", **options)
    return made["Instances"][0]["InstanceId"]


def tokens(ec2, instance):
    found = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return found["MetadataOptions"]["HttpTokens"]


@pytest.mark.parametrize(
    ("preferred", "template", "given", "expected"),
    [
        ("no-preference", None, None, "optional"),
        ("required", None, None, "required"),
        ("required", None, "optional", "optional"),
        ("required", "optional", None, "optional"),
        ("optional", "required", None, "required"),
        ("optional", "optional", "required", "required"),
    ],
)
def test_a_launch_goes_before_the_account_s_default(ec2, preferred, template, given, expected):
    """EC2 user guide, "Order of precedence for instance metadata options". Parameters of the launch replace
    those of its template (EC2 API reference, RunInstances, LaunchTemplate)."""
    ec2.modify_instance_metadata_defaults(HttpTokens=preferred)
    options = {}
    if template is not None:
        ec2.create_launch_template(
            LaunchTemplateName="t", LaunchTemplateData={"MetadataOptions": {"HttpTokens": template}}
        )
        options["LaunchTemplate"] = {"LaunchTemplateName": "t"}
    if given is not None:
        options["MetadataOptions"] = {"HttpTokens": given}
    assert tokens(ec2, run(ec2, **options)) == expected


def test_an_account_prefers_nothing_at_first(ec2):
    assert ec2.get_instance_metadata_defaults()["AccountLevel"] == {}
    ec2.modify_instance_metadata_defaults(HttpTokens="required", HttpPutResponseHopLimit=2)
    shown = ec2.get_instance_metadata_defaults()["AccountLevel"]
    assert (shown["HttpTokens"], shown["HttpPutResponseHopLimit"]) == ("required", 2)
    ec2.modify_instance_metadata_defaults(HttpTokens="no-preference")
    assert "HttpTokens" not in ec2.get_instance_metadata_defaults()["AccountLevel"]


def test_options_that_are_not_named_stay(ec2):
    """EC2 API reference, ModifyInstanceMetadataOptions: a parameter that is not specified keeps its state."""
    instance = run(ec2, MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 3})
    changed = ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="disabled")
    shown = changed["InstanceMetadataOptions"]
    assert (shown["HttpTokens"], shown["HttpPutResponseHopLimit"], shown["HttpEndpoint"]) == (
        "required",
        3,
        "disabled",
    )
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        ec2.modify_instance_metadata_options(InstanceId="i-0123456789abcdef0", HttpTokens="required")
