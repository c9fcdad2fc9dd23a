"""Which cloud a target opens, roles of other accounts, and errors that say how to mend."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from ringwork.cloud.errors import OperationError, redact
from ringwork.cloud.session import open_cloud
from ringwork.source import InputError

HERE, THERE = "111122223333", "444455556666"
KEY, TOKEN = "AKIAIOSFODNN7EXAMPLE", "FwoGZXIvYXdzE" + "x" * 200


class Wire:
    """Stands in for the network: answers STS, records what was asked, refuses everything else."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.lifetime = timedelta(hours=1)
        self.refuse: dict[str, tuple[str, str]] = {}

    def send(self, request) -> AWSResponse:
        asked = {name: values[0] for name, values in parse_qs(request.body).items()}
        asked["host"] = request.url.split("/")[2]
        authorization = request.headers["Authorization"]
        asked["signed"] = authorization.decode() if isinstance(authorization, bytes) else authorization
        self.asked.append(asked)
        action = asked["Action"]
        if action in self.refuse:
            code, message = self.refuse[action]
            return self._answer(
                403,
                f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>",
            )
        if action == "GetCallerIdentity":
            inner = f"<Account>{HERE}</Account><Arn>arn:aws:iam::{HERE}:user/ada</Arn><UserId>A</UserId>"
        elif action == "AssumeRole":
            expires = (datetime.now(UTC) + self.lifetime).isoformat()
            inner = (
                f"<Credentials><AccessKeyId>ASIA{len(self.asked):016}</AccessKeyId><SecretAccessKey>s"
                f"</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{expires}</Expiration></Credentials>"
            )
        else:
            raise AssertionError(f"unexpected call of {action}")
        return self._answer(
            200, f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"
        )

    @staticmethod
    def _answer(status: int, body: str) -> AWSResponse:
        class Raw:
            def stream(self, *_: object, **__: object) -> list[bytes]:
                return [body.encode()]

        return AWSResponse("", status, {"content-type": "text/xml"}, Raw())

    def count(self, action: str) -> int:
        return sum(asked["Action"] == action for asked in self.asked)


@pytest.fixture
def wire(monkeypatch, tmp_path) -> Wire:
    made = Wire()
    monkeypatch.setattr(URLLib3Session, "send", lambda self, request: made.send(request))
    (tmp_path / "config").write_text("[profile ml]\nregion = us-east-1\n")
    (tmp_path / "credentials").write_text(f"[ml]\naws_access_key_id = {KEY}\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return made


def failure(act: Callable[[], object]) -> str:
    with pytest.raises(OperationError) as raised:
        act()
    return str(raised.value)


def test_a_profile_gives_the_caller_and_the_first_line(wire):
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        assert cloud.first_line() == f"target aws:ml (AWS), account {HERE}, Region eu-west-1"
        cloud.caller()
    assert wire.count("GetCallerIdentity") == 1
    assert f"Credential={KEY}/" in wire.asked[0]["signed"]


def test_the_callers_own_account_is_entered_by_the_deploy_role_too(wire):
    """What is deployed admits the deploy role, not whoever runs the command."""
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        cloud.client("sts", account=HERE).get_caller_identity()
    assumed = next(asked for asked in wire.asked if asked["Action"] == "AssumeRole")
    assert assumed["RoleArn"] == f"arn:aws:iam::{HERE}:role/ringwork-deploy"
    assert "Credential=ASIA" in wire.asked[-1]["signed"]


def test_without_that_role_the_callers_own_account_uses_the_base_credentials(wire):
    wire.refuse["AssumeRole"] = ("AccessDenied", "no such role")
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        for _ in range(2):
            cloud.client("sts", account=HERE).get_caller_identity()
    assert f"Credential={KEY}/" in wire.asked[-1]["signed"]
    assert wire.count("AssumeRole") == 1


def test_bootstrap_uses_the_base_credentials_in_the_callers_own_account(wire):
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        cloud.as_first().client("sts", account=HERE).get_caller_identity()
    assert wire.count("AssumeRole") == 0


def test_another_account_is_entered_by_the_deploy_role(wire):
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        cloud.client("sts", account=THERE, region="us-east-1").get_caller_identity()
    assumed = next(asked for asked in wire.asked if asked["Action"] == "AssumeRole")
    assert assumed["RoleArn"] == f"arn:aws:iam::{THERE}:role/ringwork-deploy"
    assert assumed["RoleSessionName"] == "ringwork"
    assert "Credential=ASIA" in wire.asked[-1]["signed"]
    assert wire.asked[-1]["host"] == "sts.us-east-1.amazonaws.com"


def test_a_role_in_the_callers_own_account_is_assumed_when_asked_for(wire):
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        cloud.client("sts", role="ringwork-audit").get_caller_identity()
    assumed = next(asked for asked in wire.asked if asked["Action"] == "AssumeRole")
    assert assumed["RoleArn"] == f"arn:aws:iam::{HERE}:role/ringwork-audit"


def test_clients_and_assumed_credentials_are_shared(wire):
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        one = cloud.client("sts", account=THERE)
        assert cloud.client("sts", account=THERE) is one
        cloud.client("sts", account=THERE, region="us-east-1").get_caller_identity()
        one.get_caller_identity()
    assert wire.count("AssumeRole") == 1


def test_assumed_credentials_are_renewed_before_they_expire(wire):
    wire.lifetime = timedelta(minutes=5)  # botocore renews in the last ten minutes
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        client = cloud.client("sts", account=THERE)
        client.get_caller_identity()
        wire.lifetime = timedelta(hours=1)
        client.get_caller_identity()
        renewed = wire.count("AssumeRole")
        client.get_caller_identity()
        assert wire.count("AssumeRole") == renewed
    assert renewed >= 2


def test_a_role_that_may_not_be_assumed_is_named_with_the_caller(wire):
    wire.refuse["AssumeRole"] = ("AccessDenied", "User is not authorized to perform: sts:AssumeRole")
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        message = failure(lambda: cloud.client("ec2", account=THERE))
    assert f"arn:aws:iam::{THERE}:role/ringwork-deploy" in message
    assert f"arn:aws:iam::{HERE}:user/ada" in message
    assert "ringwork bootstrap" in message


def test_expired_credentials_say_to_log_in_again(wire):
    wire.refuse["GetCallerIdentity"] = ("ExpiredToken", "The security token included is expired")
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        message = failure(cloud.caller)
    assert "expired" in message
    assert "log in again" in message


def test_a_wrong_signature_shows_none_of_awss_text(wire):
    wire.refuse["GetCallerIdentity"] = ("SignatureDoesNotMatch", f"canonical x-amz-security-token:{TOKEN}")
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        message = failure(cloud.caller)
    assert "canonical" not in message
    assert "SignatureDoesNotMatch" in message


def test_no_secret_survives_in_a_message():
    shown = redact(f"key {KEY} and token {TOKEN} for arn:aws:iam::{HERE}:role/ringwork-deploy")
    assert shown == f"key [removed] and token [removed] for arn:aws:iam::{HERE}:role/ringwork-deploy"


def test_an_unknown_profile_says_how_to_list_them(wire):
    with open_cloud("aws:nobody", region="eu-west-1") as cloud:
        message = failure(cloud.caller)
    assert "nobody" in message
    assert "aws configure list-profiles" in message


def test_no_credentials_at_all_say_to_log_in(wire):
    with open_cloud("aws", region="eu-west-1") as cloud:
        message = failure(cloud.caller)
    assert "no usable AWS credentials" in message
    assert wire.asked == []


@pytest.mark.parametrize("target", ["", "AWS", "local:x", "aws:", "aws:a b", "azure"])
def test_unknown_targets_are_refused(target):
    def opened() -> None:
        with open_cloud(target, region="eu-west-1"):
            pass

    with pytest.raises(InputError, match="use `local`, `aws` or `aws:PROFILE`"):
        opened()


def test_an_account_id_has_twelve_digits(wire):
    with open_cloud("aws:ml", region="eu-west-1") as cloud:
        assert "`12345`" in failure(lambda: cloud.client("ec2", account="12345"))
