"""Which IAM actions an API operation is authorized by, where that is not the action of the same name.

Sources: Service Authorization Reference, the pages of each service; Amazon S3 user guide, "Required
permissions for Amazon S3 API operations"; Lambda developer guide, "Resources and conditions for Lambda
actions"; Bedrock user guide, "Converse API" (needs bedrock:InvokeModel); Budgets, "Actions" (ViewBudget,
ModifyBudget); API Gateway, "IAM policy examples" (the HTTP method is the action).
"""

from __future__ import annotations

from collections.abc import Mapping

PREFIXES: Mapping[str, str] = {
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "resourcegroupstaggingapi": "tag",
}
"""botocore's service -> IAM prefix, where that is not its signing name"""

_LAMBDA = {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction"}

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

ACTIONS: Mapping[str, Mapping[str, str]] = {
    "accessanalyzer": {"GetFindingV2": "GetFinding", "ListFindingsV2": "ListFindings"},
    "bedrock-runtime": _BEDROCK_RUNTIME,
    "budgets": _BUDGETS,
    "dynamodb": {"TransactGetItems": "GetItem"},
    "lambda": {**_LAMBDA, "GetLayerVersionByArn": "GetLayerVersion"},
    "s3": _S3,
    "s3control": _S3_CONTROL,
    "sns": {"PublishBatch": "Publish"},
    "sqs": _SQS,
}
"""botocore's service -> operation -> action, without the prefix"""
