"""The condition keys of requests, and that a key which nobody fills allows nothing.

IAM user guide, "AWS global condition context keys" (of each key: when it is there, and its values); Service
Authorization Reference, the condition keys of each service.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringwork.access import Principal
from ringwork.cloud.emulator.accounts import Caller, administrator, anonymous, service
from ringwork.cloud.emulator.asked import SOURCE_HEADER
from ringwork.cloud.emulator.authorization import context
from ringwork.cloud.emulator.authorization.needs import Need, needs
from ringwork.cloud.emulator.authorization.sources import Endpoint, Held, Membership

from .asking import ACCOUNT, OTHER, REGION, ROLE, call

ORGANIZATION = Membership("o-1", "o-1/r-1/ou-1/", False, None, None)
ADMINISTRATOR = administrator(ACCOUNT)
USER = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ml/ada", "AIDAEXAMPLE", kind="user")
FEDERATED = Caller(
    ACCOUNT,
    f"arn:aws:sts::{ACCOUNT}:federated-user/ada",
    f"{ACCOUNT}:ada",
    kind="federated",
    role=USER.arn,
    issued=1767225600,
)


def base(asked, *, organization=None, through=None, tags=(), name=None):
    caller = asked.caller
    who = Held(Principal(caller.kind, caller.account, caller.arn, caller.role), tags=tags, name=name)
    return context.base(asked, who, organization, through, lambda _account: organization)


def of(asked, number=0, account=ACCOUNT):
    """The keys of one need of a call."""
    return context.of_need(asked, needs(asked)[number], account, None)


# who


def test_the_principal_of_a_session_is_its_role():
    """aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:userid."""
    found = base(call("sqs", "ListQueues"))
    assert found["aws:principalarn"] == ADMINISTRATOR.role
    assert found["aws:principalaccount"] == ACCOUNT
    assert found["aws:principaltype"] == "AssumedRole"
    assert found["aws:userid"] == ADMINISTRATOR.user_id


def test_the_principal_of_a_user_is_the_user():
    found = base(call("sqs", "ListQueues", caller=USER), name="ada")
    assert found["aws:principalarn"] == USER.arn
    assert found["aws:principaltype"] == "User"
    assert found["aws:username"] == "ada"


def test_the_principal_of_a_federated_user_is_its_session_and_it_has_no_user_name():
    """aws:PrincipalArn; "IAM policy elements: Variables and tags", principal key values."""
    found = base(call("sqs", "ListQueues", caller=FEDERATED))
    assert found["aws:principalarn"] == FEDERATED.arn
    assert found["aws:principaltype"] == "FederatedUser"
    assert "aws:username" not in found


def test_who_is_anonymous_has_neither_account_nor_arn():
    found = base(call("s3", "GetObject", caller=anonymous(ACCOUNT), Bucket="b", Key="k"))
    assert found["aws:principaltype"] == "Anonymous"
    assert "aws:principalarn" not in found
    assert "aws:principalaccount" not in found


def test_a_principal_of_an_organization_brings_its_id_and_path():
    """aws:PrincipalOrgID; aws:PrincipalOrgPaths, which is multivalued."""
    found = base(call("sqs", "ListQueues"), organization=ORGANIZATION)
    assert found["aws:principalorgid"] == "o-1"
    assert found["aws:principalorgpaths"] == ("o-1/r-1/ou-1/",)
    assert "aws:principalorgid" not in base(call("sqs", "ListQueues"))


def test_sessions_of_web_identities_bring_no_organization():
    """aws:PrincipalOrgID: not for AssumeRoleWithSAML and AssumeRoleWithWebIdentity, says the research."""
    web = replace(ADMINISTRATOR, provider="accounts.example.com")
    found = base(call("sqs", "ListQueues", caller=web), organization=ORGANIZATION)
    assert "aws:principalorgid" not in found
    assert found["aws:federatedprovider"] == "accounts.example.com"


def test_tags_of_the_principal():
    """aws:PrincipalTag/tag-key."""
    found = base(call("sqs", "ListQueues"), tags=(("Team", "vision"),))
    assert found["aws:principaltag/team"] == "vision"


def test_mfa_is_known_for_temporary_credentials_only():
    """aws:MultiFactorAuthPresent: absent for long-term access keys. aws:TokenIssueTime, too."""
    assert "aws:multifactorauthpresent" not in base(call("sqs", "ListQueues", caller=USER))
    assert base(call("sqs", "ListQueues"))["aws:multifactorauthpresent"] == "false"
    signed_in = replace(USER, mfa=True, issued=1767225600)
    found = base(call("sqs", "ListQueues", caller=signed_in))
    assert found["aws:multifactorauthpresent"] == "true"
    assert found["aws:tokenissuetime"] == "2026-01-01T00:00:00Z"
    assert "aws:tokenissuetime" not in base(call("sqs", "ListQueues", caller=USER))


def test_a_source_identity_stays_with_the_session():
    """aws:SourceIdentity."""
    named = replace(ADMINISTRATOR, source_identity="ada")
    assert base(call("sqs", "ListQueues", caller=named))["aws:sourceidentity"] == "ada"


# from where


def test_the_network_is_an_address_or_an_endpoint():
    """aws:SourceIp is absent through an endpoint, and aws:SourceVpce and its like are there."""
    asked = call("s3", "ListBuckets", headers={SOURCE_HEADER: "203.0.113.7"})
    direct = base(asked)
    assert direct["aws:sourceip"] == "203.0.113.7"
    assert not {"aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip"} & set(direct)
    through = base(asked, through=Endpoint("vpce-1", "vpc-1", OTHER, None), organization=ORGANIZATION)
    assert "aws:sourceip" not in through
    assert through["aws:sourcevpce"] == "vpce-1"
    assert through["aws:sourcevpc"] == "vpc-1"
    assert through["aws:vpcsourceip"] == "203.0.113.7"
    # aws:VpceAccount, aws:VpceOrgID, aws:VpceOrgPaths: of the endpoint's owner
    assert through["aws:vpceaccount"] == OTHER
    assert through["aws:vpceorgid"] == "o-1"
    assert through["aws:vpceorgpaths"] == ("o-1/r-1/ou-1/",)


def test_the_region_that_is_asked_and_tls():
    """aws:RequestedRegion, aws:SecureTransport."""
    found = base(call("sqs", "ListQueues", region="us-east-1"))
    assert found["aws:requestedregion"] == "us-east-1"
    assert found["aws:securetransport"] == "true"


def test_a_direct_call_is_not_via_a_service():
    """aws:ViaAWSService, aws:CalledVia."""
    found = base(call("sqs", "ListQueues"))
    assert found["aws:viaawsservice"] == "false"
    assert "aws:calledvia" not in found


def test_a_service_that_calls_for_a_principal_says_so_and_hides_the_network():
    """aws:CalledVia, aws:CalledViaFirst, aws:CalledViaLast; "Forward access sessions": the network is not the
    principal's.
    """
    chain = ("cloudformation.amazonaws.com", "dynamodb.amazonaws.com")
    found = base(call("kms", "Decrypt", caller=replace(ADMINISTRATOR, called_via=chain), KeyId="1"))
    assert found["aws:viaawsservice"] == "true"
    assert found["aws:calledvia"] == chain
    assert found["aws:calledviafirst"] == chain[0]
    assert found["aws:calledvialast"] == chain[1]
    assert found["aws:principalarn"] == ADMINISTRATOR.role
    assert not {"aws:sourceip", "aws:sourcevpce", "aws:sourcevpc"} & set(found)


def test_a_service_that_calls_for_itself_says_for_whom():
    """aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:SourceAccount, aws:SourceArn."""
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"
    asked = call("sqs", "SendMessage", caller=service("events.amazonaws.com", ACCOUNT, rule), QueueUrl="q")
    found = base(asked, organization=ORGANIZATION)
    assert found["aws:principalisawsservice"] == "true"
    assert found["aws:principalservicename"] == "events.amazonaws.com"
    assert found["aws:sourcearn"] == rule
    assert found["aws:sourceaccount"] == ACCOUNT
    assert found["aws:sourceorgid"] == "o-1"
    assert not {"aws:principalarn", "aws:principalorgid", "aws:sourceip"} & set(found)


def test_principals_bring_no_source_account():
    """aws:SourceAccount, aws:SourceArn: only where a service calls for itself."""
    found = base(call("sqs", "ListQueues"), organization=ORGANIZATION)
    assert not {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"} & set(found)
    assert found["aws:principalisawsservice"] == "false"


# what


@pytest.mark.parametrize(
    ("service_name", "operation", "parameters"),
    [
        ("sagemaker", "CreateModel", {"ModelName": "m", "Tags": [{"Key": "Team", "Value": "vision"}]}),
        ("kms", "CreateKey", {"Tags": [{"TagKey": "Team", "TagValue": "vision"}]}),
        ("lambda", "TagResource", {"Resource": "r", "Tags": {"Team": "vision"}}),
        ("logs", "CreateLogGroup", {"logGroupName": "g", "tags": {"Team": "vision"}}),
        (
            "ec2",
            "CreateVpc",
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "Team", "Value": "vision"}]}]},
        ),
    ],
)
def test_tags_in_a_request_have_one_shape_as_keys(service_name, operation, parameters):
    """aws:RequestTag/tag-key, and aws:TagKeys, which is multivalued and keeps the case."""
    found = base(call(service_name, operation, **parameters))
    assert found["aws:requesttag/team"] == "vision"
    assert found["aws:tagkeys"] == ("Team",)


def test_without_tags_there_are_no_tag_keys():
    assert "aws:tagkeys" not in base(call("sagemaker", "CreateModel", ModelName="m"))


def test_the_owner_of_the_resource():
    """aws:ResourceAccount, aws:ResourceOrgID, aws:ResourceOrgPaths."""
    asked = call("s3", "GetObject", Bucket="b", Key="k")
    found = context.of_need(asked, needs(asked)[0], OTHER, ORGANIZATION)
    assert found["aws:resourceaccount"] == OTHER
    assert found["aws:resourceorgid"] == "o-1"
    assert found["aws:resourceorgpaths"] == ("o-1/r-1/ou-1/",)


def test_kms_says_through_which_service_and_for_what():
    """kms:ViaService, kms:CallerAccount, kms:EncryptionContext:context-key, kms:EncryptionContextKeys."""
    via = replace(ADMINISTRATOR, called_via=("s3.amazonaws.com",))
    given = {"KeyId": "1234", "EncryptionContext": {"Team": "vision"}}
    found = of(call("kms", "Decrypt", caller=via, **given))
    assert found["kms:viaservice"] == f"s3.{REGION}.amazonaws.com"
    assert found["kms:calleraccount"] == ACCOUNT
    assert found["kms:encryptioncontext:team"] == "vision"
    assert found["kms:encryptioncontextkeys"] == ("Team",)
    assert "kms:viaservice" not in of(call("kms", "Decrypt", **given))


def test_s3_reads_headers_and_parameters():
    """s3:x-amz-server-side-encryption, s3:x-amz-acl, s3:prefix, s3:max-keys, s3:RequestObjectTag/key."""
    headers = {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:111122223333:key/1",
        "x-amz-acl": "private",
    }
    found = of(call("s3", "PutObject", headers=headers, Bucket="b", Key="k", Tagging="Team=vision&cost=1"))
    assert found["s3:x-amz-server-side-encryption"] == "aws:kms"
    assert found["s3:x-amz-server-side-encryption-aws-kms-key-id"].endswith("key/1")
    assert found["s3:x-amz-acl"] == "private"
    assert found["s3:requestobjecttag/team"] == "vision"
    assert found["s3:requestobjecttagkeys"] == ("Team", "cost")
    listed = of(call("s3", "ListObjectsV2", Bucket="b", Prefix="team/", MaxKeys=10, Delimiter="/"))
    assert (listed["s3:prefix"], listed["s3:max-keys"], listed["s3:delimiter"]) == ("team/", "10", "/")
    assert "s3:x-amz-server-side-encryption" not in of(call("s3", "PutObject", Bucket="b", Key="k"))


KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"


@pytest.mark.parametrize(
    ("operation", "parameters", "keys"),
    [
        # SageMaker developer guide, "Control creation of SageMaker jobs with condition keys"
        (
            "CreateTrainingJob",
            {
                "TrainingJobName": "j",
                "EnableNetworkIsolation": True,
                "EnableInterContainerTrafficEncryption": False,
                "VpcConfig": {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
                "ResourceConfig": {"InstanceType": "ml.m5.large", "VolumeKmsKeyId": KEY},
                "OutputDataConfig": {"S3OutputPath": "s3://b", "KmsKeyId": "alias/out"},
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            },
            {
                "vpcsubnets": ("subnet-1", "subnet-2"),
                "vpcsecuritygroupids": ("sg-1",),
                "networkisolation": "true",
                "intercontainertrafficencryption": "false",
                "instancetypes": ("ml.m5.large",),
                "volumekmskeyarn": KEY,
                "outputkmskeyarn": "alias/out",
                "maxruntimeinseconds": "60",
            },
        ),
        ("CreateTrainingJob", {"TrainingJobName": "j"}, {"vpcsubnets": None, "networkisolation": None}),
        (
            "CreateNotebookInstance",
            {
                "NotebookInstanceName": "n",
                "SubnetId": "subnet-1",
                "SecurityGroupIds": ["sg-1"],
                "DirectInternetAccess": "Disabled",
                "RootAccess": "Disabled",
                "KmsKeyId": KEY,
                "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
            },
            {
                "vpcsubnets": ("subnet-1",),
                "vpcsecuritygroupids": ("sg-1",),
                "directinternetaccess": "Disabled",
                "rootaccess": "Disabled",
                "volumekmskeyarn": KEY,
                "minimuminstancemetadataserviceversion": "2",
            },
        ),
        (
            "CreateProcessingJob",
            {"ProcessingJobName": "p", "ProcessingOutputConfig": {"Outputs": [], "KmsKeyId": KEY}},
            {"outputkmskeyarn": KEY},
        ),
        (
            "CreateEndpointConfig",
            {
                "EndpointConfigName": "c",
                "KmsKeyId": KEY,
                "ProductionVariants": [{"ModelName": "m", "InstanceType": "ml.m5.large"}],
            },
            {
                "volumekmskeyarn": KEY,
                "instancetypes": ("ml.m5.large",),
                "modelarn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/m",
            },
        ),
    ],
)
def test_sagemaker_keys_come_from_wherever_the_request_has_them(operation, parameters, keys):
    found = of(call("sagemaker", operation, **parameters))
    assert {name: found.get(f"sagemaker:{name}") for name in keys} == keys


@pytest.mark.parametrize(
    ("parameters", "value"),
    [
        # Bedrock user guide, "Set up permissions to use Guardrails": no version means the draft
        (
            {"guardrailIdentifier": "g", "guardrailVersion": "1"},
            f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g:1",
        ),
        (
            {"guardrailIdentifier": "g", "guardrailVersion": "DRAFT"},
            f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g",
        ),
        (
            {"guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "2"}},
            f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g:2",
        ),
        ({}, None),
    ],
)
def test_bedrock_says_which_guardrail_is_asked_for(parameters, value):
    found = of(call("bedrock-runtime", "InvokeModel", modelId="maker.model", **parameters))
    assert found.get("bedrock:guardrailidentifier") == value


def test_ec2_says_how_instances_are_to_get_their_metadata():
    """ec2:MetadataHttpTokens, ec2:Region, ec2:Vpc."""
    given = {"ImageId": "ami-1", "MetadataOptions": {"HttpTokens": "required"}}
    found = of(call("ec2", "RunInstances", **given))
    assert found["ec2:metadatahttptokens"] == "required"
    assert found["ec2:region"] == REGION
    assert of(call("ec2", "RunInstances", ImageId="ami-1"))["ec2:metadatahttptokens"] == "optional"
    vpc = of(call("ec2", "CreateSubnet", VpcId="vpc-1"))["ec2:vpc"]
    assert vpc == f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1"


def test_each_resource_of_a_launch_has_its_own_keys_only():
    """EC2 user guide, "Example policies to control access the Amazon EC2 API"; the keys of each resource type
    of RunInstances in the Service Authorization Reference.
    """
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Team", "Value": "vision"}]}]
    asked = call("ec2", "RunInstances", ImageId="ami-1", InstanceType="m5.large", TagSpecifications=tags)
    found = {}
    for number, need in enumerate(needs(asked)):
        if need.action == "ec2:RunInstances":
            kind = need.resource.rpartition("/")[0].rpartition(":")[2]
            found[kind] = context.confined(need, {**base(asked), **of(asked, number)})
    assert found["instance"]["ec2:instancetype"] == "m5.large"
    assert found["instance"]["aws:requesttag/team"] == "vision"
    assert "ec2:instancetype" not in found["image"]
    assert "aws:requesttag/team" not in found["image"]
    assert found["image"]["ec2:region"] == REGION
    assert found["image"]["aws:principalarn"] == ADMINISTRATOR.role


def test_a_role_s_external_id_and_session_name():
    """sts:ExternalId, sts:RoleSessionName, sts:SourceIdentity."""
    found = of(call("sts", "AssumeRole", RoleArn=ROLE, RoleSessionName="s", ExternalId="42"))
    assert (found["sts:externalid"], found["sts:rolesessionname"]) == ("42", "s")


def test_passing_a_role_brings_the_service_and_no_keys_of_the_call():
    """iam:PassedToService. iam:PassRole is a permission, not an operation with parameters."""
    asked = call(
        "sagemaker", "CreateModel", ModelName="m", ExecutionRoleArn=ROLE, EnableNetworkIsolation=True
    )
    found = of(asked, 1)
    assert found["iam:passedtoservice"] == "sagemaker.amazonaws.com"
    assert not [key for key in found if key.startswith("sagemaker:")]


# what is not known


@pytest.mark.parametrize(
    ("service_name", "operation", "key"),
    [
        # AWS fills these, the local cloud cannot: a policy that reads one must not be decided
        ("s3", "GetObject", "aws:futurekey"),
        ("s3", "GetObject", "s3:signatureage"),
        ("s3", "GetObject", "s3:buckettag/team"),
        ("kms", "Decrypt", "kms:recipientattestation:pcr0"),
        ("kms", "Encrypt", "kms:resourcealiases"),
        ("ec2", "RunInstances", "ec2:tenancy"),
        ("dynamodb", "GetItem", "dynamodb:leadingkeys"),
        ("lambda", "CreateFunction", "lambda:vpcids"),
        ("sagemaker", "UpdateModelPackage", "sagemaker:currentmodellifecyclestage"),
    ],
)
def test_a_key_that_is_not_filled_is_not_called_absent(service_name, operation, key):
    asked = call(service_name, operation)
    action = f"{key.partition(':')[0] if not key.startswith('aws:') else 's3'}:{operation}"
    assert not context.known_keys(asked, action)(key)


@pytest.mark.parametrize(
    ("action", "key"),
    [
        # a key that the action does not have is absent on AWS, too
        ("s3:GetObject", "s3:x-amz-acl"),
        ("s3:GetObject", "kms:viaservice"),
        ("s3:GetObject", "sagemaker:vpcsubnets"),
        ("s3:GetObject", "aws:sourcevpce"),
        ("s3:GetObject", "aws:principaltag/anything"),
    ],
)
def test_a_key_that_the_action_never_has_is_absent(action, key):
    assert context.known_keys(call("s3", "GetObject"), action)(key)


def test_a_need_s_own_keys_win():
    asked = call("ec2", "CreateVpc")
    need = Need("ec2:CreateTags", "*", {"aws:TagKeys": ("a",), "ec2:CreateAction": "CreateVpc"})
    found = context.of_need(asked, need, ACCOUNT, None)
    assert found["ec2:createaction"] == "CreateVpc"
    assert found["aws:tagkeys"] == ("a",)
