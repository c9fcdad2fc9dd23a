"""Permissions boundaries of permission sets."""

from __future__ import annotations

import pytest

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


@pytest.fixture
def place(tmp_path):
    """A client and what names a permission set."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("sso-admin")
        instance = client.list_instances()["Instances"][0]["InstanceArn"]
        made = client.create_permission_set(InstanceArn=instance, Name="scientist")["PermissionSet"]
        yield client, {"InstanceArn": instance, "PermissionSetArn": made["PermissionSetArn"]}


def boundary(client, named):
    return client.get_permissions_boundary_for_permission_set(**named)["PermissionsBoundary"]


def put(client, named, given):
    client.put_permissions_boundary_to_permission_set(**named, PermissionsBoundary=given)


def test_a_permission_set_has_the_boundary_that_was_put_last(place):
    """API reference, PermissionsBoundary; CustomerManagedPolicyReference: the path is `/` by default."""
    put(*place, {"ManagedPolicyArn": READ_ONLY})
    assert boundary(*place) == {"ManagedPolicyArn": READ_ONLY}
    put(*place, {"CustomerManagedPolicyReference": {"Name": "limits"}})
    assert boundary(*place) == {"CustomerManagedPolicyReference": {"Name": "limits", "Path": "/"}}


def test_a_permission_set_without_a_boundary_has_none_to_give_or_delete(place):
    """API reference, GetPermissionsBoundaryForPermissionSet, ResourceNotFoundException."""
    client, named = place
    put(client, named, {"ManagedPolicyArn": READ_ONLY})
    client.delete_permissions_boundary_from_permission_set(**named)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        boundary(client, named)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_permissions_boundary_from_permission_set(**named)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "ValidationException"),
        (
            {"ManagedPolicyArn": READ_ONLY, "CustomerManagedPolicyReference": {"Name": "limits"}},
            "ValidationException",
        ),
        ({"ManagedPolicyArn": "arn:aws:iam::aws:policy/NoSuchPolicy"}, "ResourceNotFoundException"),
    ],
)
def test_a_boundary_is_one_policy_that_exists(place, given, expected):
    """API reference, PermissionsBoundary: either the one or the other."""
    client, named = place
    with pytest.raises(client.exceptions.from_code(expected)):
        put(client, named, given)


def test_a_set_that_does_not_exist_has_no_boundary(place):
    client, named = place
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        put(client, {**named, "PermissionSetArn": named["PermissionSetArn"][:-1] + "!"}, {})
