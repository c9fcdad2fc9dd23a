"""The ARNs that calls are authorized on.

Service Authorization Reference, "Resource types" of each service; other pages where named. Where AWS's own
refusals show an ARN that the reference does not (CloudWatch Logs), the ARN is that of the refusals.
"""

from __future__ import annotations

import pytest

from ringwork.cloud.emulator.accounts import Caller

from .asking import ACCOUNT, OTHER, pairs

A, R = ACCOUNT, "eu-west-1"
SAGEMAKER = f"arn:aws:sagemaker:{R}:{A}"
EC2 = f"arn:aws:ec2:{R}:{A}"
IAM = f"arn:aws:iam::{A}"

EXPECTED = [
    # service, operation, parameters, ARNs
    ("s3", "CreateBucket", {"Bucket": "data"}, ["arn:aws:s3:::data"]),
    ("s3", "GetObject", {"Bucket": "data", "Key": "a/b c"}, ["arn:aws:s3:::data/a/b c"]),
    ("s3control", "CreateAccessPoint", {"Name": "ap", "Bucket": "b"}, [f"arn:aws:s3:{R}:{A}:accesspoint/ap"]),
    ("s3control", "PutPublicAccessBlock", {"AccountId": A}, ["*"]),
    ("kms", "CreateKey", {}, ["*"]),
    ("kms", "Decrypt", {"KeyId": "1234"}, [f"arn:aws:kms:{R}:{A}:key/1234"]),
    (
        "kms",
        "Decrypt",
        {"KeyId": f"arn:aws:kms:us-east-1:{OTHER}:key/1"},
        [f"arn:aws:kms:us-east-1:{OTHER}:key/1"],
    ),
    (
        "kms",
        "CreateAlias",
        {"AliasName": "alias/x", "TargetKeyId": "1234"},
        [f"arn:aws:kms:{R}:{A}:alias/x", f"arn:aws:kms:{R}:{A}:key/1234"],
    ),
    ("sagemaker", "CreateTrainingJob", {"TrainingJobName": "j"}, [f"{SAGEMAKER}:training-job/j"]),
    ("sagemaker", "CreateModel", {"ModelName": "m"}, [f"{SAGEMAKER}:model/m"]),
    (
        "sagemaker",
        "CreateEndpoint",
        {"EndpointName": "e", "EndpointConfigName": "c"},
        [f"{SAGEMAKER}:endpoint/e", f"{SAGEMAKER}:endpoint-config/c"],
    ),
    ("sagemaker-runtime", "InvokeEndpoint", {"EndpointName": "e"}, [f"{SAGEMAKER}:endpoint/e"]),
    (
        "sagemaker",
        "CreateUserProfile",
        {"DomainId": "d-1", "UserProfileName": "u"},
        [f"{SAGEMAKER}:user-profile/d-1/u"],
    ),
    (
        "sagemaker",
        "CreateApp",
        {"DomainId": "d-1", "UserProfileName": "u", "AppType": "JupyterServer", "AppName": "default"},
        [f"{SAGEMAKER}:app/d-1/u/JupyterServer/default"],
    ),
    (
        "sagemaker",
        "AddTags",
        {"ResourceArn": f"{SAGEMAKER}:model/m", "Tags": [{"Key": "a", "Value": "b"}]},
        [f"{SAGEMAKER}:model/m"],
    ),
    (
        "sagemaker",
        "AddAssociation",
        {"SourceArn": f"{SAGEMAKER}:artifact/1", "DestinationArn": f"{SAGEMAKER}:context/c"},
        [f"{SAGEMAKER}:artifact/1", f"{SAGEMAKER}:context/c"],
    ),
    ("sagemaker", "DescribeAutoMLJobV2", {"AutoMLJobName": "a"}, [f"{SAGEMAKER}:automl-job/a"]),
    (
        "sagemaker",
        "CreateModelQualityJobDefinition",
        {"JobDefinitionName": "q"},
        [f"{SAGEMAKER}:model-quality-job-definition/q"],
    ),
    ("sagemaker", "ListModels", {}, ["*"]),
    ("iam", "CreateRole", {"RoleName": "r", "Path": "/ml/"}, [f"{IAM}:role/ml/r"]),
    ("iam", "CreateUser", {"UserName": "u"}, [f"{IAM}:user/u"]),
    ("iam", "CreatePolicy", {"PolicyName": "p", "Path": "/ml/"}, [f"{IAM}:policy/ml/p"]),
    ("iam", "GetPolicy", {"PolicyArn": f"{IAM}:policy/ml/p"}, [f"{IAM}:policy/ml/p"]),
    ("iam", "AddUserToGroup", {"UserName": "u", "GroupName": "g"}, [f"{IAM}:group/g"]),
    (
        "iam",
        "CreateServiceLinkedRole",
        {"AWSServiceName": "elasticloadbalancing.amazonaws.com"},
        [
            f"{IAM}:role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"
        ],
    ),
    (
        "iam",
        "CreateOpenIDConnectProvider",
        {"Url": "https://token.example.com/x"},
        [f"{IAM}:oidc-provider/token.example.com/x"],
    ),
    ("iam", "CreateSAMLProvider", {"Name": "idp"}, [f"{IAM}:saml-provider/idp"]),
    ("iam", "CreateVirtualMFADevice", {"VirtualMFADeviceName": "m"}, [f"{IAM}:mfa/m"]),
    ("iam", "GenerateServiceLastAccessedDetails", {"Arn": f"{IAM}:role/r"}, [f"{IAM}:role/r"]),
    ("iam", "ListRoles", {}, ["*"]),
    ("ec2", "DescribeVpcs", {}, ["*"]),
    ("ec2", "CreateVpc", {"CidrBlock": "10.0.0.0/16"}, [f"{EC2}:vpc/*"]),
    ("ec2", "DeleteVpc", {"VpcId": "vpc-1"}, [f"{EC2}:vpc/vpc-1"]),
    ("ec2", "CreateSubnet", {"VpcId": "vpc-1"}, [f"{EC2}:subnet/*", f"{EC2}:vpc/vpc-1"]),
    (
        "ec2",
        "TerminateInstances",
        {"InstanceIds": ["i-1", "i-2"]},
        [f"{EC2}:instance/i-1", f"{EC2}:instance/i-2"],
    ),
    ("ec2", "CreateNetworkAclEntry", {"NetworkAclId": "acl-1"}, [f"{EC2}:network-acl/acl-1"]),
    ("ec2", "AuthorizeSecurityGroupIngress", {"GroupId": "sg-1"}, [f"{EC2}:security-group/sg-1"]),
    (
        "ec2",
        "CreateTags",
        {"Resources": ["vpc-1", "subnet-1"], "Tags": [{"Key": "a", "Value": "b"}]},
        [f"{EC2}:subnet/subnet-1", f"{EC2}:vpc/vpc-1"],
    ),
    ("ec2", "CreateFlowLogs", {"ResourceIds": ["vpc-1"]}, [f"{EC2}:vpc-flow-log/*", f"{EC2}:vpc/vpc-1"]),
    (
        "ec2",
        "RunInstances",
        {"ImageId": "ami-1", "SubnetId": "subnet-1", "SecurityGroupIds": ["sg-1"]},
        [
            f"arn:aws:ec2:{R}::image/ami-1",
            f"{EC2}:instance/*",
            f"{EC2}:network-interface/*",
            f"{EC2}:security-group/sg-1",
            f"{EC2}:subnet/subnet-1",
        ],
    ),
    ("lambda", "CreateFunction", {"FunctionName": "f"}, [f"arn:aws:lambda:{R}:{A}:function:f"]),
    # Lambda developer guide, "Resources and conditions for Lambda actions": a qualifier is part of the ARN
    ("lambda", "Invoke", {"FunctionName": "f", "Qualifier": "1"}, [f"arn:aws:lambda:{R}:{A}:function:f:1"]),
    ("lambda", "Invoke", {"FunctionName": "f:1"}, [f"arn:aws:lambda:{R}:{A}:function:f:1"]),
    ("lambda", "Invoke", {"FunctionName": f"{OTHER}:function:f"}, [f"arn:aws:lambda:{R}:{OTHER}:function:f"]),
    (
        "lambda",
        "GetLayerVersion",
        {"LayerName": "l", "VersionNumber": 3},
        [f"arn:aws:lambda:{R}:{A}:layer:l:3"],
    ),
    ("sns", "CreateTopic", {"Name": "t"}, [f"arn:aws:sns:{R}:{A}:t"]),
    ("sns", "Publish", {"TopicArn": f"arn:aws:sns:{R}:{OTHER}:t"}, [f"arn:aws:sns:{R}:{OTHER}:t"]),
    ("sns", "Unsubscribe", {"SubscriptionArn": f"arn:aws:sns:{R}:{A}:t:1-2"}, [f"arn:aws:sns:{R}:{A}:t"]),
    ("sqs", "CreateQueue", {"QueueName": "q"}, [f"arn:aws:sqs:{R}:{A}:q"]),
    (
        "sqs",
        "SendMessage",
        {"QueueUrl": f"https://sqs.{R}.amazonaws.com/{OTHER}/q"},
        [f"arn:aws:sqs:{R}:{OTHER}:q"],
    ),
    (
        "sqs",
        "GetQueueUrl",
        {"QueueName": "q", "QueueOwnerAWSAccountId": OTHER},
        [f"arn:aws:sqs:{R}:{OTHER}:q"],
    ),
    ("logs", "CreateLogGroup", {"logGroupName": "/g"}, [f"arn:aws:logs:{R}:{A}:log-group:/g:log-stream:"]),
    (
        "logs",
        "PutRetentionPolicy",
        {"logGroupName": "/g"},
        [f"arn:aws:logs:{R}:{A}:log-group:/g:log-stream:"],
    ),
    ("logs", "DescribeLogGroups", {}, [f"arn:aws:logs:{R}:{A}:log-group::log-stream:"]),
    (
        "logs",
        "PutLogEvents",
        {"logGroupName": "/g", "logStreamName": "s"},
        [f"arn:aws:logs:{R}:{A}:log-group:/g:log-stream:s"],
    ),
    (
        "logs",
        "TagResource",
        {"resourceArn": f"arn:aws:logs:{R}:{A}:log-group:/g"},
        [f"arn:aws:logs:{R}:{A}:log-group:/g"],
    ),
    ("secretsmanager", "CreateSecret", {"Name": "db"}, [f"arn:aws:secretsmanager:{R}:{A}:secret:db-??????"]),
    ("secretsmanager", "ListSecrets", {}, ["*"]),
    ("dynamodb", "PutItem", {"TableName": "t"}, [f"arn:aws:dynamodb:{R}:{A}:table/t"]),
    ("ecr", "CreateRepository", {"repositoryName": "a/b"}, [f"arn:aws:ecr:{R}:{A}:repository/a/b"]),
    (
        "ecr",
        "BatchGetImage",
        {"repositoryName": "a", "registryId": OTHER},
        [f"arn:aws:ecr:{R}:{OTHER}:repository/a"],
    ),
    ("ecr", "GetAuthorizationToken", {}, ["*"]),
    # EventBridge user guide, "Managing access permissions": rules of the default bus are named without it
    ("events", "PutRule", {"Name": "r"}, [f"arn:aws:events:{R}:{A}:rule/r"]),
    ("events", "PutRule", {"Name": "r", "EventBusName": "bus"}, [f"arn:aws:events:{R}:{A}:rule/bus/r"]),
    ("events", "PutTargets", {"Rule": "r", "EventBusName": "default"}, [f"arn:aws:events:{R}:{A}:rule/r"]),
    ("events", "RemoveTargets", {"Rule": "r", "EventBusName": "bus"}, [f"arn:aws:events:{R}:{A}:rule/bus/r"]),
    (
        "events",
        "PutEvents",
        {"Entries": [{"EventBusName": "bus"}, {}, {"EventBusName": "bus"}]},
        [f"arn:aws:events:{R}:{A}:event-bus/bus", f"arn:aws:events:{R}:{A}:event-bus/default"],
    ),
    ("events", "CreateEventBus", {"Name": "bus"}, [f"arn:aws:events:{R}:{A}:event-bus/bus"]),
    (
        "bedrock-runtime",
        "InvokeModel",
        {"modelId": "maker.model-1"},
        [f"arn:aws:bedrock:{R}::foundation-model/maker.model-1"],
    ),
    (
        "bedrock-runtime",
        "InvokeModel",
        {"modelId": f"arn:aws:bedrock:{R}:{A}:provisioned-model/p"},
        [f"arn:aws:bedrock:{R}:{A}:provisioned-model/p"],
    ),
    (
        # Bedrock user guide, "Prerequisites for inference profiles": the profile and the model
        "bedrock-runtime",
        "Converse",
        {"modelId": "eu.maker.model-1"},
        [
            f"arn:aws:bedrock:{R}::foundation-model/maker.model-1",
            f"arn:aws:bedrock:{R}:{A}:inference-profile/eu.maker.model-1",
        ],
    ),
    ("bedrock", "GetGuardrail", {"guardrailIdentifier": "g"}, [f"arn:aws:bedrock:{R}:{A}:guardrail/g"]),
    ("bedrock", "PutModelInvocationLoggingConfiguration", {}, ["*"]),
    ("guardduty", "CreateDetector", {}, ["*"]),
    ("guardduty", "UpdateDetector", {"DetectorId": "d"}, [f"arn:aws:guardduty:{R}:{A}:detector/d"]),
    (
        "guardduty",
        "CreateFilter",
        {"DetectorId": "d", "Name": "f"},
        [f"arn:aws:guardduty:{R}:{A}:detector/d/filter/f"],
    ),
    ("cloudtrail", "StopLogging", {"Name": "t"}, [f"arn:aws:cloudtrail:{R}:{A}:trail/t"]),
    ("ssm", "GetParameter", {"Name": "/a/b"}, [f"arn:aws:ssm:{R}:{A}:parameter/a/b"]),
    (
        "ssm",
        "GetParameters",
        {"Names": ["/a", "b"]},
        [f"arn:aws:ssm:{R}:{A}:parameter/a", f"arn:aws:ssm:{R}:{A}:parameter/b"],
    ),
    ("stepfunctions", "CreateStateMachine", {"name": "s"}, [f"arn:aws:states:{R}:{A}:stateMachine:s"]),
    (
        "network-firewall",
        "CreateFirewall",
        {"FirewallName": "f", "FirewallPolicyArn": f"arn:aws:network-firewall:{R}:{A}:firewall-policy/p"},
        [
            f"arn:aws:network-firewall:{R}:{A}:firewall/f",
            f"arn:aws:network-firewall:{R}:{A}:firewall-policy/p",
        ],
    ),
    (
        "wafv2",
        "CreateWebACL",
        {"Name": "w", "Scope": "REGIONAL"},
        [f"arn:aws:wafv2:{R}:{A}:REGIONAL/webacl/w/*"],
    ),
    ("glue", "CreateJob", {"Name": "j"}, [f"arn:aws:glue:{R}:{A}:job/j"]),
    (
        "glue",
        "GetTable",
        {"DatabaseName": "d", "Name": "t"},
        [
            f"arn:aws:glue:{R}:{A}:database/d",
            f"arn:aws:glue:{R}:{A}:catalog",
            f"arn:aws:glue:{R}:{A}:table/d/t",
        ],
    ),
    ("cloudwatch", "PutMetricAlarm", {"AlarmName": "a"}, [f"arn:aws:cloudwatch:{R}:{A}:alarm:a"]),
    (
        "autoscaling",
        "DeleteAutoScalingGroup",
        {"AutoScalingGroupName": "g"},
        [f"arn:aws:autoscaling:{R}:{A}:autoScalingGroup:*:autoScalingGroupName/g"],
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "arns"), EXPECTED)
def test_a_call_is_authorized_on_what_it_is_about(service, operation, parameters, arns):
    assert sorted({resource for _, resource in pairs(service, operation, **parameters)}) == sorted(arns)


def test_the_region_of_the_call_is_in_the_arn():
    assert pairs("sqs", "CreateQueue", region="us-east-1", QueueName="q") == [
        ("sqs:CreateQueue", f"arn:aws:sqs:us-east-1:{A}:q")
    ]


def test_most_operations_of_a_user_that_name_nobody_are_about_itself():
    """IAM API reference, CreateAccessKey: the user name is determined from the access key that signs."""
    user = Caller(A, f"{IAM}:user/ml/ada", "AIDA", kind="user")
    assert pairs("iam", "CreateAccessKey", caller=user) == [("iam:CreateAccessKey", f"{IAM}:user/ml/ada")]


# tags


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "action"),
    [
        # the API references (Tags); SageMaker, "Provide permissions for tagging SageMaker AI resources"
        ("sagemaker", "CreateModel", {"ModelName": "m"}, "sagemaker:AddTags"),
        ("organizations", "CreateOrganizationalUnit", {"ParentId": "r-1"}, "organizations:TagResource"),
        ("sqs", "CreateQueue", {"QueueName": "q"}, "sqs:TagQueue"),
        ("sns", "CreateTopic", {"Name": "t"}, "sns:TagResource"),
        ("logs", "CreateLogGroup", {"logGroupName": "g"}, "logs:TagResource"),
        ("events", "PutRule", {"Name": "r"}, "events:TagResource"),
        ("iam", "CreateRole", {"RoleName": "r"}, "iam:TagRole"),
        ("iam", "CreatePolicy", {"PolicyName": "p"}, "iam:TagPolicy"),
        ("secretsmanager", "CreateSecret", {"Name": "s"}, "secretsmanager:TagResource"),
        ("ecr", "CreateRepository", {"repositoryName": "r"}, "ecr:TagResource"),
        ("lambda", "CreateFunction", {"FunctionName": "f"}, "lambda:TagResource"),
        ("kms", "CreateKey", {}, "kms:TagResource"),
        ("kinesis", "CreateStream", {"StreamName": "s"}, "kinesis:AddTagsToStream"),
    ],
)
def test_tags_given_at_creation_need_the_action_that_tags(service, operation, parameters, action):
    member = "tags" if service in ("logs", "ecr") else "Tags"
    tags = {"a": "b"} if service in ("logs", "sqs", "lambda", "kinesis") else [{"Key": "a", "Value": "b"}]
    without = [name for name, _ in pairs(service, operation, **parameters)]
    given = [name for name, _ in pairs(service, operation, **{**parameters, member: tags})]
    assert action not in without
    assert given == [*without, action]


def test_what_is_tagged_while_it_is_made_is_what_is_made():
    found = pairs(
        "sagemaker", "CreateEndpoint", EndpointName="e", EndpointConfigName="c", Tags=[{"Key": "a"}]
    )
    assert ("sagemaker:AddTags", f"{SAGEMAKER}:endpoint/e") in found
    assert ("sagemaker:AddTags", f"{SAGEMAKER}:endpoint-config/c") not in found


def test_ec2_asks_for_create_tags_on_each_kind_of_resource():
    """EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation"."""
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]
    assert pairs("ec2", "CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tags) == [
        ("ec2:CreateVpc", f"{EC2}:vpc/*"),
        ("ec2:CreateTags", f"{EC2}:vpc/*"),
    ]
