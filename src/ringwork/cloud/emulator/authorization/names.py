"""Which IAM actions an API operation is authorized by, where that is not the action of the same name.

Sources: Service Authorization Reference, the pages of each service; Amazon S3 user guide, "Required
permissions for Amazon S3 API operations"; Lambda developer guide, "Resources and conditions for Lambda
actions"; Bedrock user guide, "Converse API" (needs bedrock:InvokeModel); Budgets, "Actions" (ViewBudget,
ModifyBudget); API Gateway, "IAM policy examples" (the HTTP method is the action).
"""

from __future__ import annotations

from collections.abc import Mapping

PREFIXES: Mapping[str, str] = {
    "iot-data": "iot",
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "resourcegroupstaggingapi": "tag",
}
"""botocore's service -> IAM prefix, where that is not its signing name"""

_LAMBDA = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}

_S3_BUCKET = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketAnalyticsConfiguration": "AnalyticsConfiguration",
    "BucketAnalyticsConfigurations": "AnalyticsConfiguration",
    "BucketCors": "BucketCORS",
    "BucketEncryption": "EncryptionConfiguration",
    "BucketIntelligentTieringConfiguration": "IntelligentTieringConfiguration",
    "BucketIntelligentTieringConfigurations": "IntelligentTieringConfiguration",
    "BucketInventoryConfiguration": "InventoryConfiguration",
    "BucketInventoryConfigurations": "InventoryConfiguration",
    "BucketLifecycle": "LifecycleConfiguration",
    "BucketLifecycleConfiguration": "LifecycleConfiguration",
    "BucketMetricsConfiguration": "MetricsConfiguration",
    "BucketMetricsConfigurations": "MetricsConfiguration",
    "BucketNotification": "BucketNotification",
    "BucketNotificationConfiguration": "BucketNotification",
    "BucketOwnershipControls": "BucketOwnershipControls",
    "BucketReplication": "ReplicationConfiguration",
    "BucketTagging": "BucketTagging",
    "ObjectLockConfiguration": "BucketObjectLockConfiguration",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
"""What an operation of S3 is about -> what its actions are about. Getting and listing ask for Get, putting
and deleting for Put."""

_S3 = {
    "CompleteMultipartUpload": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListDirectoryBuckets": "ListAllMyDirectoryBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "SelectObjectContent": "GetObject",
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
    **{
        f"{verb}{subject}": f"{'Get' if verb in ('Get', 'List') else 'Put'}{about}"
        for subject, about in _S3_BUCKET.items()
        for verb in ("Get", "List", "Put", "Delete")
    },
}

_S3_CONTROL = {
    "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
    "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
    "DeletePublicAccessBlock": "PutAccountPublicAccessBlock",
}

_BEDROCK_RUNTIME = {
    "Converse": "InvokeModel",
    "ConverseStream": "InvokeModelWithResponseStream",
    "StartAsyncInvoke": "InvokeModel",
    "InvokeModelWithBidirectionalStream": "InvokeModelWithBidirectionalStream",
}

_SQS = {
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
    "DeleteMessageBatch": "DeleteMessage",
    "SendMessageBatch": "SendMessage",
}

_BUDGETS = {
    **dict.fromkeys(
        (
            *("CreateBudget", "CreateNotification", "CreateSubscriber", "DeleteBudget", "DeleteNotification"),
            *("DeleteSubscriber", "UpdateBudget", "UpdateNotification", "UpdateSubscriber"),
        ),
        "ModifyBudget",
    ),
    **dict.fromkeys(
        (
            *("DescribeBudget", "DescribeBudgetNotificationsForAccount", "DescribeBudgetPerformanceHistory"),
            *("DescribeBudgets", "DescribeNotificationsForBudget", "DescribeSubscribersForNotification"),
        ),
        "ViewBudget",
    ),
}

_DMS = {
    "DescribeDataProviders": "ListDataProviders",
    "DescribeExtensionPackAssociations": "ListExtensionPacks",
    "DescribeInstanceProfiles": "ListInstanceProfiles",
    "DescribeMetadataModelAssessments": "ListMetadataModelAssessments",
    "DescribeMetadataModelConversions": "ListMetadataModelConversions",
    "DescribeMetadataModelExportsAsScript": "ListMetadataModelExports",
    "DescribeMetadataModelExportsToTarget": "ListMetadataModelExports",
    "DescribeMigrationProjects": "ListMigrationProjects",
    "ModifyConversionConfiguration": "UpdateConversionConfiguration",
    "ModifyDataProvider": "UpdateDataProvider",
    "ModifyInstanceProfile": "UpdateInstanceProfile",
    "ModifyMigrationProject": "UpdateMigrationProject",
    "StartExtensionPackAssociation": "AssociateExtensionPack",
    "StartMetadataModelExportAsScript": "StartMetadataModelExportAsScripts",
}

ACTIONS: Mapping[str, Mapping[str, str]] = {
    "accessanalyzer": {"GetFindingV2": "GetFinding", "ListFindingsV2": "ListFindings"},
    "bedrock-runtime": _BEDROCK_RUNTIME,
    "apigatewaymanagementapi": dict.fromkeys(
        ("DeleteConnection", "GetConnection", "PostToConnection"), "ManageConnections"
    ),
    "batch": {
        "CancelJobs": "CancelJob",
        "TerminateJobs": "TerminateJob",
        "TerminateServiceJobs": "TerminateServiceJob",
    },
    "budgets": _BUDGETS,
    "cloudfront": {"CreateDistributionWithTags": "CreateDistribution"},
    "dms": _DMS,
    "ecr": {"ListImageReferrers": "BatchGetImage"},
    "lambda": {**_LAMBDA, "GetLayerVersionByArn": "GetLayerVersion"},
    "s3": _S3,
    "s3control": _S3_CONTROL,
    "sns": {"PublishBatch": "Publish"},
    "sqs": _SQS,
}
"""botocore's service -> operation -> action, without the prefix"""

BESIDES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cloudfront": {"CreateDistributionWithTags": ("TagResource",)},
}
"""botocore's service -> operation -> further actions on the same resource"""

ALTERNATIVES = (
    "bedrock:*",
    *(f"dynamodb:{verb}ResourcePolicy" for verb in ("Delete", "Get", "Put")),
    *("dynamodb:ListTagsOfResource", "dynamodb:TagResource", "dynamodb:UntagResource"),
    "elasticloadbalancing:*",
    *("es:AddTags", "es:ListTags", "es:RemoveTags"),
    *("events:*Rule", "events:*Targets", "events:ListTargetsByRule"),
    *("iam:GenerateServiceLastAccessedDetails", "iam:ListPoliciesGrantingServiceAccess"),
    "kinesis:*ResourcePolicy",
    "lambda:*ResourcePolicy",
    "network-firewall:*",
    "organizations:MoveAccount",
    "ram:*",
    *("sagemaker:AddAssociation", "sagemaker:BatchGetMetrics", "sagemaker:BatchPutMetrics"),
    *("sagemaker:DeleteAssociation", "sagemaker:DisassociateTrialComponent", "sagemaker:ListAliases"),
    "ssm:Describe*",
    *("states:DescribeExecution", "states:ListExecutions"),
)
"""Actions whose required resource types are alternatives: the Service Authorization Reference marks each of
them as required, and a request names one (a model of one of ten kinds, the listener of one kind of balancer).
"""
