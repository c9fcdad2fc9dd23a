"""Customer-managed prefix lists (EC2 API reference, "Error codes" and the operations' pages)."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud


@pytest.fixture
def ec2(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session("111122223333", "eu-west-1").client("ec2")


@pytest.fixture
def made(ec2):
    answer = ec2.create_managed_prefix_list(
        PrefixListName="offices", AddressFamily="IPv4", MaxEntries=2, Entries=[{"Cidr": "10.1.0.0/16"}]
    )
    return answer["PrefixList"]["PrefixListId"]


def cidrs(ec2, id):
    return sorted(entry["Cidr"] for entry in ec2.get_managed_prefix_list_entries(PrefixListId=id)["Entries"])


def code(refused):
    return refused.value.response["Error"]["Code"]


def test_a_change_keeps_the_name_and_the_other_entries(ec2, made):
    changed = ec2.modify_managed_prefix_list(
        PrefixListId=made, CurrentVersion=1, AddEntries=[{"Cidr": "10.2.0.0/16"}]
    )["PrefixList"]
    assert (changed["PrefixListName"], changed["Version"]) == ("offices", 2)
    assert cidrs(ec2, made) == ["10.1.0.0/16", "10.2.0.0/16"]
    ec2.modify_managed_prefix_list(
        PrefixListId=made, CurrentVersion=2, RemoveEntries=[{"Cidr": "10.1.0.0/16"}]
    )
    assert cidrs(ec2, made) == ["10.2.0.0/16"]
    described = ec2.describe_managed_prefix_lists(PrefixListIds=[made])["PrefixLists"][0]
    assert (described["PrefixListName"], described["MaxEntries"]) == ("offices", 2)


def test_a_change_of_another_version_is_refused(ec2, made):
    with pytest.raises(ClientError) as refused:
        ec2.modify_managed_prefix_list(
            PrefixListId=made, CurrentVersion=7, AddEntries=[{"Cidr": "10.2.0.0/16"}]
        )
    assert code(refused) == "PrefixListVersionMismatch"
    assert cidrs(ec2, made) == ["10.1.0.0/16"]


def test_more_entries_than_the_maximum_are_refused_until_it_is_raised(ec2, made):
    more = [{"Cidr": "10.2.0.0/16"}, {"Cidr": "10.3.0.0/16"}]
    with pytest.raises(ClientError) as refused:
        ec2.modify_managed_prefix_list(PrefixListId=made, CurrentVersion=1, AddEntries=more)
    assert code(refused) == "PrefixListMaxEntriesExceeded"
    ec2.modify_managed_prefix_list(PrefixListId=made, MaxEntries=3)
    ec2.modify_managed_prefix_list(PrefixListId=made, CurrentVersion=1, AddEntries=more)
    assert len(cidrs(ec2, made)) == 3


def test_a_list_in_use_stays_and_a_deleted_one_is_gone(ec2, made):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    rule = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": made}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule)
    with pytest.raises(ClientError):
        ec2.delete_managed_prefix_list(PrefixListId=made)
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule)
    ec2.delete_managed_prefix_list(PrefixListId=made)
    with pytest.raises(ClientError) as refused:
        ec2.get_managed_prefix_list_entries(PrefixListId=made)
    assert code(refused) == "InvalidPrefixListID.NotFound"


def test_aws_own_lists_cannot_be_changed(ec2):
    own = [{"Name": "owner-id", "Values": ["AWS"]}]
    id = ec2.describe_managed_prefix_lists(Filters=own)["PrefixLists"][0]["PrefixListId"]
    with pytest.raises(ClientError):
        ec2.modify_managed_prefix_list(PrefixListId=id, PrefixListName="mine")
    with pytest.raises(ClientError):
        ec2.delete_managed_prefix_list(PrefixListId=id)
