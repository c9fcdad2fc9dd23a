"""EC2 encodes the details of a refusal, and STS decodes them for those who may ask.

Expected: STS API reference, DecodeAuthorizationMessage; IAM user guide, "Use DecodeAuthorizationMessage with
a CLI"; EC2 API reference, "Error codes for the Amazon EC2 API".
"""

from __future__ import annotations

import json
import re

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

from .enforcement.scene import MANAGEMENT, Scene, allow, deny

OTHER = "444455556666"


@pytest.fixture
def scene(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield Scene(cloud)


def refusal(session):
    with pytest.raises(ClientError) as error:
        session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert error.value.response["Error"]["Code"] == "UnauthorizedOperation"
    return error.value.response["Error"]["Message"]


def encoded(text):
    found = re.fullmatch(r".*\. Encoded authorization failure message: ([\w-]+)", text)
    assert found is not None
    return found[1]


def decode(session, text):
    answer = session.client("sts").decode_authorization_message(EncodedMessage=text)
    return json.loads(answer["DecodedMessage"])


def test_the_message_says_in_clear_who_may_not_do_what(scene):
    user = scene.user(MANAGEMENT)
    arn = user.client("sts").get_caller_identity()["Arn"]
    start = f"You are not authorized to perform this operation. User: {arn} is not authorized to perform: "
    assert refusal(user).startswith(start + "ec2:CreateVpc on resource: arn:aws:ec2:us-east-1:")


def test_a_missing_permission_is_no_explicit_deny(scene):
    user = scene.user(MANAGEMENT)
    identity = user.client("sts").get_caller_identity()
    decoded = decode(scene.admin(MANAGEMENT), encoded(refusal(user)))
    assert decoded["allowed"] is False
    assert decoded["explicitDeny"] is False
    assert decoded["matchedStatements"] == {"items": []}
    assert decoded["failures"] == {"items": []}
    context = decoded["context"]
    name = identity["Arn"].rpartition("/")[2]
    assert context["principal"] == {"id": identity["UserId"], "name": name, "arn": identity["Arn"]}
    assert context["action"] == "ec2:CreateVpc"
    assert context["resource"] == f"arn:aws:ec2:us-east-1:{MANAGEMENT}:vpc/*"
    assert {"key": "aws:requestedregion", "values": {"items": [{"value": "us-east-1"}]}} in (
        context["conditions"]["items"]
    )


def test_an_explicit_deny_is_named_with_its_statement(scene):
    session = scene.session_of(
        MANAGEMENT, allow("*"), deny(["ec2:CreateVpc", "ec2:DeleteVpc"], Sid="NoNetworks")
    )
    identity = session.client("sts").get_caller_identity()
    decoded = decode(session, encoded(refusal(session)))
    assert decoded["explicitDeny"] is True
    assert decoded["matchedStatements"]["items"] == [
        {
            "statementId": "NoNetworks",
            "effect": "DENY",
            "principals": {"items": [{"value": identity["UserId"].partition(":")[0]}]},
            "principalGroups": {"items": []},
            "actions": {"items": [{"value": "ec2:CreateVpc"}, {"value": "ec2:DeleteVpc"}]},
            "resources": {"items": [{"value": "*"}]},
            "conditions": {"items": []},
        }
    ]
    assert decoded["context"]["principal"] == {"id": identity["UserId"], "arn": identity["Arn"]}


def test_who_may_not_decode_does_not_see_it(scene):
    user = scene.user(MANAGEMENT)
    text = encoded(refusal(user))
    with pytest.raises(ClientError, match="AccessDenied"):
        decode(user, text)


def changed(text):
    return ("B" if text[0] == "A" else "A") + text[1:]


@pytest.mark.parametrize("spoil", [lambda _: "x", changed, lambda text: text[:-4], lambda _: "é" * 40])
def test_what_was_not_encoded_here_is_not_decoded(scene, spoil):
    text = encoded(refusal(scene.user(MANAGEMENT)))
    with pytest.raises(ClientError) as error:
        decode(scene.admin(MANAGEMENT), spoil(text))
    assert error.value.response["Error"]["Code"] == "InvalidAuthorizationMessageException"


def test_another_account_does_not_decode_it(scene):
    text = encoded(refusal(scene.user(MANAGEMENT)))
    with pytest.raises(ClientError, match="InvalidAuthorizationMessageException"):
        decode(scene.admin(OTHER), text)


def test_a_refused_description_has_no_encoded_message(scene):
    """Describe operations have no resource-level permissions (EC2 user guide, "Actions, resources, and
    condition keys for Amazon EC2")."""
    with pytest.raises(ClientError) as error:
        scene.user(MANAGEMENT).client("ec2").describe_vpcs()
    assert "Encoded" not in error.value.response["Error"]["Message"]
