"""Data controls, each on an estate that fails, one that passes and one that cannot be decided."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.estate import Reference, Unknown
from ringwork.findings import Status

P, V, U = Status.PROVED, Status.VIOLATED, Status.UNKNOWN
HIDDEN = Unknown("a parameter without a value; name it")
FOUR = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


class TestDat01PublicAccess:
    def answer(self, world: Any, block: Any) -> Status:
        world.bucket(PublicAccessBlockConfiguration=block)
        return world.answers("DAT-01")["Bucket"]

    @pytest.mark.parametrize("off", FOUR)
    def test_fails_with_one_of_the_four_off(self, world: Any, off: str) -> None:
        assert self.answer(world, {name: name != off for name in FOUR}) is V
        assert self.answer(world, {name: True for name in FOUR if name != off}) is V

    def test_passes_with_all_four(self, world: Any) -> None:
        assert self.answer(world, dict.fromkeys(FOUR, True)) is P

    def test_passes_without_a_setting_because_new_buckets_block(self, world: Any) -> None:
        assert self.answer(world, None) is P

    @pytest.mark.parametrize("block", [HIDDEN, dict.fromkeys(FOUR, HIDDEN)])
    def test_unknown(self, world: Any, block: Any) -> None:
        assert self.answer(world, block) is U

    def test_buckets_of_access_logs_count_too(self, world: Any) -> None:
        world.bucket("Logs", tags={"ringwork:data-class": "internal", "ringwork:purpose": "access-logs"})
        assert world.answers("DAT-01") == {"Logs": P}


class TestDat03Versions:
    @pytest.mark.parametrize("setting", [None, {"Status": "Suspended"}])
    def test_fails(self, world: Any, setting: Any) -> None:
        world.bucket(VersioningConfiguration=setting)
        assert world.answers("DAT-03") == {"Bucket": V}

    def test_passes(self, world: Any) -> None:
        world.bucket(VersioningConfiguration={"Status": "Enabled"})
        assert world.answers("DAT-03") == {"Bucket": P}

    @pytest.mark.parametrize("setting", [HIDDEN, {"Status": HIDDEN}])
    def test_unknown(self, world: Any, setting: Any) -> None:
        world.bucket(VersioningConfiguration=setting)
        assert world.answers("DAT-03") == {"Bucket": U}

    def test_only_buckets_of_models_count(self, world: Any) -> None:
        world.bucket("Models")
        world.bucket("Set", tags={"ringwork:data-class": "public", "ringwork:data-set": "set"})
        assert world.answers("DAT-03") == {"Models": V}

    def test_a_bucket_that_sagemaker_reads_counts(self, world: Any) -> None:
        tags = {"ringwork:data-class": "public", "ringwork:data-set": "set"}
        bucket = world.bucket("Set", tags=tags)
        world.bucket("Other", tags=tags)
        world.add("SageMaker::Model", "Model", {"PrimaryContainer": {"ModelDataUrl": bucket}})
        assert world.answers("DAT-03") == {"Set": V}

    def test_blames_the_setting(self, world: Any) -> None:
        world.bucket(VersioningConfiguration={"Status": "Suspended"})
        (finding,) = world.findings("DAT-03")
        assert finding.evidence == ("VersioningConfiguration/Status: Suspended",)
        assert "s3:PutBucketVersioning" in finding.remediation


def encryption(key: Any = "arn:aws:kms:eu-central-1:111122223333:key/1", **more: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"},
        "BucketKeyEnabled": True,
    }
    if key is not None:
        rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] = key
    return {"ServerSideEncryptionConfiguration": (rule | more,)}


class TestDat07Encryption:
    def answer(self, world: Any, setting: Any) -> Status:
        world.bucket(BucketEncryption=setting)
        return world.answers("DAT-07")["Bucket"]

    @pytest.mark.parametrize(
        "setting",
        [
            None,
            encryption(ServerSideEncryptionByDefault={"SSEAlgorithm": "AES256"}),
            encryption(key=None),
            encryption(key="alias/aws/s3"),
            encryption(BucketKeyEnabled=False),
        ],
    )
    def test_fails(self, world: Any, setting: Any) -> None:
        assert self.answer(world, setting) is V

    def test_passes(self, world: Any) -> None:
        assert self.answer(world, encryption(key(world))) is P
        assert self.answer(world, encryption("alias/team-a")) is P

    @pytest.mark.parametrize("setting", [HIDDEN, encryption(key=HIDDEN), encryption(BucketKeyEnabled=HIDDEN)])
    def test_unknown(self, world: Any, setting: Any) -> None:
        assert self.answer(world, setting) is U


WHOLE = ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*")


def deny(**statement: Any) -> dict[str, Any]:
    given = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": WHOLE}
    return {"Version": "2012-10-17", "Statement": ({**given, **statement},)}


def with_policy(world: Any, document: Any) -> None:
    world.add("S3::BucketPolicy", "Policy", {"Bucket": world.bucket(), "PolicyDocument": document})


NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}


class TestDat08Tls:
    def answer(self, world: Any, document: Any) -> Status:
        with_policy(world, document)
        return world.answers("DAT-08")["Bucket"]

    def test_fails_without_a_policy(self, world: Any) -> None:
        world.bucket()
        assert world.answers("DAT-08") == {"Bucket": V}

    @pytest.mark.parametrize(
        "document",
        [
            deny(Condition=NO_TLS, Resource=WHOLE[1]),
            deny(Condition=NO_TLS, Resource=WHOLE[0]),
            deny(Condition=NO_TLS, Principal={"AWS": "arn:aws:iam::111122223333:root"}),
            deny(Condition=NO_TLS, Action="s3:GetObject"),
            deny(Condition={"Bool": {"aws:SecureTransport": "true"}}),
            deny(Condition=NO_TLS | {"StringEquals": {"aws:PrincipalAccount": "1"}}),
            deny(Condition=NO_TLS, Effect="Allow"),
        ],
    )
    def test_fails(self, world: Any, document: Any) -> None:
        assert self.answer(world, document) is V

    @pytest.mark.parametrize("resource", [WHOLE, "*", "arn:aws:s3:::bucket*"])
    def test_passes(self, world: Any, resource: Any) -> None:
        assert self.answer(world, deny(Condition=NO_TLS, Resource=resource)) is P

    @pytest.mark.parametrize(
        "document",
        [
            HIDDEN,
            deny(Condition={"Boolean": {"aws:SecureTransport": "false"}}),
            deny(Condition=NO_TLS, Resource=HIDDEN),
        ],
    )
    def test_unknown(self, world: Any, document: Any) -> None:
        assert self.answer(world, document) is U

    def test_unknown_when_policies_could_not_be_read(self, world: Any) -> None:
        world.bucket()
        world.gap("S3::BucketPolicy")
        assert world.answers("DAT-08")["Bucket"] is U


class TestDat10EndpointOnly:
    ADMINS = "arn:aws:iam::111122223333:role/ringwork-deploy"

    def answer(self, world: Any, **conditions: Any) -> Status:
        endpoint = world.add("EC2::VPCEndpoint", "S3", {"ServiceName": "com.amazonaws.eu-central-1.s3"})
        given = {"StringNotEquals": {"aws:SourceVpce": endpoint}}
        actions = ("s3:GetObject*", "s3:PutObject*", "s3:ListBucket*")
        with_policy(world, deny(Action=actions, Condition=conditions or given))
        return world.answers("DAT-10")["Bucket"]

    def endpoint(self) -> Reference:
        return Reference("111122223333/eu-central-1/AWS::EC2::VPCEndpoint/S3")

    def test_fails_without_a_policy(self, world: Any) -> None:
        world.bucket()
        assert world.answers("DAT-10") == {"Bucket": V}

    def test_fails_when_reading_is_left_out(self, world: Any) -> None:
        endpoint = world.add("EC2::VPCEndpoint", "S3", {})
        condition = {"StringNotEquals": {"aws:SourceVpce": endpoint}}
        with_policy(world, deny(Action="s3:PutObject", Condition=condition))
        assert world.answers("DAT-10") == {"Bucket": V}
        (finding,) = world.findings("DAT-10")
        lost = "`s3:GetObject`, `s3:GetObjectVersion`, `s3:ListBucket`"
        assert finding.message == f"its policy lets {lost} come from any network"

    def test_fails_for_a_deny_of_the_endpoint_itself(self, world: Any) -> None:
        assert self.answer(world, StringEquals={"aws:SourceVpce": self.endpoint()}) is V

    def test_passes(self, world: Any) -> None:
        assert self.answer(world) is P

    def test_passes_with_the_exemptions_of_the_data_perimeter(self, world: Any) -> None:
        answer = self.answer(
            world,
            StringNotEqualsIfExists={"aws:SourceVpce": self.endpoint()},
            ArnNotLikeIfExists={"aws:PrincipalArn": self.ADMINS},
            BoolIfExists={"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
        )
        assert answer is P

    @pytest.mark.parametrize(
        "more",
        [
            {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
            {"ArnLike": {"aws:PrincipalArn": ADMINS}},
            {"Bool": {"aws:ViaAWSService": "true"}},
            {"Null": {"aws:PrincipalIsAWSService": "true"}},
            {"StringEquals": {"s3:prefix": "a/"}},
            {"Strange": {"aws:PrincipalArn": ADMINS}},
        ],
    )
    def test_unknown_for_exemptions_that_are_not_modelled(self, world: Any, more: dict[str, Any]) -> None:
        assert self.answer(world, StringNotEquals={"aws:SourceVpce": self.endpoint()}, **more) is U

    STORE = "arn:aws:iam::111122223333:role/store"

    def store(self, world: Any, *, source: Any, users: tuple[str, ...], workload: bool = False) -> Status:
        """The answer where the policy lets a feature store's role come from anywhere."""
        trust = {
            "Statement": (
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    **({"Condition": {"ArnLike": {"aws:SourceArn": source}}} if source else {}),
                },
            )
        }
        tags = {"ringwork:workload": "train"} if workload else None
        properties = {"RoleName": "store", "AssumeRolePolicyDocument": trust}
        role = world.add("IAM::Role", "Store", properties, tags=tags, arn=self.STORE)
        for user in users:
            world.add(f"SageMaker::{user}", user, {"RoleArn": Reference(role.target, "Arn")})
        return self.answer(
            world,
            StringNotEquals={"aws:SourceVpce": self.endpoint()},
            ArnNotLikeIfExists={"aws:PrincipalArn": self.STORE},
        )

    GROUPS = "arn:aws:sagemaker:*:111122223333:feature-group/*"

    def test_passes_for_a_role_that_only_feature_groups_have(self, world: Any) -> None:
        assert self.store(world, source=self.GROUPS, users=("FeatureGroup",)) is P

    @pytest.mark.parametrize(
        ("source", "users", "workload"),
        [
            (None, ("FeatureGroup",), False),
            ("arn:aws:sagemaker:*:111122223333:*", ("FeatureGroup",), False),
            ((GROUPS, "arn:aws:sagemaker:*:111122223333:training-job/*"), ("FeatureGroup",), False),
            (HIDDEN, ("FeatureGroup",), False),
            (GROUPS, ("FeatureGroup", "NotebookInstance"), False),
            (GROUPS, (), False),
            (GROUPS, ("FeatureGroup",), True),
        ],
    )
    def test_fails_for_a_role_that_code_of_ours_may_have(
        self, world: Any, source: Any, users: tuple[str, ...], workload: bool
    ) -> None:
        assert self.store(world, source=source, users=users, workload=workload) is V

    def test_unknown_for_an_endpoint_that_may_be_anybodys(self, world: Any) -> None:
        assert self.answer(world, StringNotEquals={"aws:SourceVpce": "vpce-0123456789abcdef0"}) is U

    def test_unknown(self, world: Any) -> None:
        assert self.answer(world, StringNotEquals={"aws:SourceVpce": HIDDEN}) is U


class TestDat11Ownership:
    def answer(self, world: Any, setting: Any) -> Status:
        world.bucket(OwnershipControls=setting)
        return world.answers("DAT-11")["Bucket"]

    @pytest.mark.parametrize("owner", ["ObjectWriter", "BucketOwnerPreferred"])
    def test_fails(self, world: Any, owner: str) -> None:
        assert self.answer(world, {"Rules": ({"ObjectOwnership": owner},)}) is V

    def test_passes(self, world: Any) -> None:
        assert self.answer(world, {"Rules": ({"ObjectOwnership": "BucketOwnerEnforced"},)}) is P

    def test_unknown(self, world: Any) -> None:
        assert self.answer(world, {"Rules": ({"ObjectOwnership": HIDDEN},)}) is U


def key(world: Any, name: str = "Key", *, data_class: Any = "restricted", **properties: Any) -> Reference:
    tags = {"ringwork:data-class": data_class} if data_class else {}
    return world.add("KMS::Key", name, properties, tags=tags)


class TestDat14Classes:
    def answer(self, world: Any, data_class: Any, key_class: Any = "restricted") -> Status:
        tags = {"ringwork:data-class": data_class}
        world.bucket(tags=tags, BucketEncryption=encryption(key(world, data_class=key_class)))
        return world.answers("DAT-14")["Bucket"]

    @pytest.mark.parametrize("data_class", ["secret", "internal"])
    def test_fails_for_a_class_that_nobody_knows_or_that_is_not_the_keys(
        self, world: Any, data_class: str
    ) -> None:
        assert self.answer(world, data_class) is V

    def test_fails_without_a_class(self, world: Any) -> None:
        world.bucket(tags={})
        assert world.answers("DAT-14") == {"Bucket": V}

    def test_passes(self, world: Any) -> None:
        assert self.answer(world, "restricted") is P

    def test_finds_the_key_through_an_alias(self, world: Any) -> None:
        alias = world.add("KMS::Alias", "Alias", {"TargetKeyId": key(world, data_class="public")})
        world.bucket(BucketEncryption=encryption(alias))
        assert world.answers("DAT-14") == {"Bucket": V}

    def test_unknown(self, world: Any) -> None:
        assert self.answer(world, HIDDEN) is U
        assert self.answer(world, "restricted", HIDDEN) is U

    def test_unknown_for_a_key_that_was_not_read(self, world: Any) -> None:
        world.bucket(BucketEncryption=encryption())
        assert world.answers("DAT-14") == {"Bucket": U}


class TestDat16Rotation:
    @pytest.mark.parametrize(("rotates", "answer"), [(True, P), (False, V), (None, V), (HIDDEN, U)])
    def test_decides(self, world: Any, rotates: Any, answer: Status) -> None:
        key(world, EnableKeyRotation=rotates)
        assert world.answers("DAT-16") == {"Key": answer}

    @pytest.mark.parametrize("given", [{"KeySpec": "RSA_4096"}, {"Origin": "EXTERNAL"}])
    def test_leaves_out_keys_that_cannot_rotate_by_themselves(
        self, world: Any, given: dict[str, str]
    ) -> None:
        key(world, **given)
        assert world.answers("DAT-16") == {}

    def test_leaves_out_keys_that_are_going(self, world: Any) -> None:
        world.add("KMS::Key", "Gone", {}, attributes={"KeyState": "PendingDeletion"})
        assert world.answers("DAT-16") == {}


class TestDat17Principals:
    def answer(self, world: Any, **statement: Any) -> Status:
        given = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
        key(world, KeyPolicy={"Statement": ({**given, **statement},)})
        return world.answers("DAT-17")["Key"]

    @pytest.mark.parametrize(
        "statement",
        [
            {},
            {"Principal": {"AWS": "*"}},
            {"Condition": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}},
        ],
    )
    def test_fails(self, world: Any, statement: dict[str, Any]) -> None:
        assert self.answer(world, **statement) is V

    @pytest.mark.parametrize(
        "statement",
        [
            {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
            {"Condition": {"StringEquals": {"kms:CallerAccount": "111122223333"}}},
            {"Effect": "Deny"},
        ],
    )
    def test_passes(self, world: Any, statement: dict[str, Any]) -> None:
        assert self.answer(world, **statement) is P

    @pytest.mark.parametrize(
        "statement",
        [
            {"Principal": HIDDEN},
            {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
            {"Condition": {"Odd": {"kms:CallerAccount": "111122223333"}}},
        ],
    )
    def test_unknown(self, world: Any, statement: dict[str, Any]) -> None:
        assert self.answer(world, **statement) is U


class TestDat18Sharing:
    def use(self, world: Any, name: str, key: Any, team: Any = "a", data_class: str = "restricted") -> None:
        tags = {"ringwork:data-class": data_class, "ringwork:team": team}
        world.bucket(name, tags=tags, BucketEncryption=encryption(key))

    @pytest.mark.parametrize("other", [{"team": "b"}, {"data_class": "public"}])
    def test_fails(self, world: Any, other: dict[str, str]) -> None:
        shared = key(world)
        self.use(world, "One", shared)
        self.use(world, "Two", shared, **other)
        assert world.answers("DAT-18") == {"Key": V}

    def test_passes(self, world: Any) -> None:
        shared = key(world)
        self.use(world, "One", shared)
        self.use(world, "Two", shared)
        assert world.answers("DAT-18") == {"Key": P}

    def test_unknown(self, world: Any) -> None:
        shared = key(world)
        self.use(world, "One", shared)
        self.use(world, "Two", shared, team=HIDDEN)
        assert world.answers("DAT-18") == {"Key": U}

    def test_unknown_where_another_buckets_key_is_not_known(self, world: Any) -> None:
        self.use(world, "One", key(world))
        self.use(world, "Two", HIDDEN, team="b")
        assert world.answers("DAT-18") == {"Key": U}
