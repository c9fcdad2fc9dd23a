"""A call as an event in CloudTrail's shape.

Source: CloudTrail user guide, "CloudTrail record contents for management, data, and network activity
events", "CloudTrail userIdentity element", "Logging data events".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator import protocol
from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.request import Answer

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_SECRET = {
    *("password", "newpassword", "oldpassword", "secretstring", "secretbinary", "plaintext", "privatekey"),
    *("secretaccesskey", "sessiontoken", "privatekeyplaintext", "passwordlastset", "ciphertextblob"),
    *("webidentitytoken", "samlassertion", "tokencode", "userdata", "masteruserpassword", "accesstoken"),
    *("servicepassword", "servicecredentialsecret"),
    *("body", "payload", "sampletext", "message", "messagebody", "record", "authparameters"),
}
"""Members whose values are never written down, lower case: secrets, and data."""
_LONGEST = 1024
"""characters of a text that are kept"""
_DEPTH = 6

_SOURCES = {
    "cloudcontrol": "cloudcontrolapi.amazonaws.com",
    "cloudwatch": "monitoring.amazonaws.com",
    "elbv2": "elasticloadbalancing.amazonaws.com",
    "resourcegroupstaggingapi": "tagging.amazonaws.com",
    "s3control": "s3.amazonaws.com",
    "sso-admin": "sso.amazonaws.com",
    "stepfunctions": "states.amazonaws.com",
}
"""botocore's service -> event source, where that is not the signing name"""

_S3_OBJECT = frozenset(
    {
        *("AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload"),
        *("DeleteObject", "DeleteObjectTagging", "DeleteObjects", "GetObject", "GetObjectAcl"),
        *("GetObjectAttributes", "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging"),
        *("GetObjectTorrent", "HeadBucket", "HeadObject", "ListMultipartUploads", "ListObjectVersions"),
        *("ListObjects", "ListObjectsV2", "ListParts", "PutObject", "PutObjectAcl", "PutObjectLegalHold"),
        *("PutObjectRetention", "PutObjectTagging", "RestoreObject", "SelectObjectContent", "UploadPart"),
        "UploadPartCopy",
    }
)
_DATA: Mapping[str, tuple[str, frozenset[str]]] = {
    "s3": ("AWS::S3::Object", _S3_OBJECT),
    "sagemaker-runtime": (
        "AWS::SageMaker::Endpoint",
        frozenset({"InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"}),
    ),
    "sagemaker-featurestore-runtime": (
        "AWS::SageMaker::FeatureGroup",
        frozenset({"BatchGetRecord", "DeleteRecord", "GetRecord", "PutRecord"}),
    ),
    "lambda": ("AWS::Lambda::Function", frozenset({"Invoke", "InvokeAsync"})),
    "dynamodb": (
        "AWS::DynamoDB::Table",
        frozenset(
            {
                *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
                *("TransactGetItems", "TransactWriteItems", "UpdateItem"),
            }
        ),
    ),
    "sns": ("AWS::SNS::Topic", frozenset({"Publish", "PublishBatch"})),
    "sqs": (
        "AWS::SQS::Queue",
        frozenset({"ChangeMessageVisibility", "DeleteMessage", "ReceiveMessage", "SendMessage"}),
    ),
}
"""botocore's service -> resource type and operations of its data events; all others are management events"""


def data_type(service: str, operation: str) -> str | None:
    """The resource type of a data event; None for a management event."""
    kind, operations = _DATA.get(service, ("", frozenset()))
    return kind if operation in operations else None


def source_of(service: str) -> str:
    """`sagemaker.amazonaws.com`"""
    if service in _SOURCES:
        return _SOURCES[service]
    metadata = protocol.service_model(service).metadata
    return f"{metadata.get('signingName') or metadata['endpointPrefix']}.amazonaws.com"


def event_of(asked: Asked, answer: Answer, error: AwsError | None) -> dict[str, Any]:
    """The event of one call, of JSON values."""
    operation = asked.operation
    kind = data_type(asked.service, operation.name)
    event: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": _identity(asked.caller, asked),
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source_of(asked.service),
        "eventName": operation.name,
        "awsRegion": asked.region,
        "sourceIPAddress": _source(asked),
        "userAgent": asked.caller.called_via[-1]
        if asked.caller.called_via
        else asked.request.headers.get("user-agent", ""),
        "requestParameters": _shown(asked.parameters, 0) or None,
        "responseElements": None if operation.reads or error is not None else _elements(asked, answer),
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": operation.reads,
        "eventType": "AwsApiCall",
        "managementEvent": kind is None,
        "recipientAccountId": asked.account,
        "eventCategory": "Management" if kind is None else "Data",
    }
    if kind is not None:
        event["resources"] = [{"type": kind, "ARN": arn} for arn in _resources(asked, kind)]
    if error is not None:
        event["errorCode"], event["errorMessage"] = error.code, error.message
    if asked.endpoint is not None:
        event["vpcEndpointId"] = asked.endpoint
    return event


def _identity(caller: Caller, asked: Asked) -> dict[str, Any]:
    if caller.kind == "service":
        return {"type": "AWSService", "invokedBy": caller.arn}
    if caller.kind == "anonymous":
        return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    scope = asked.request.scope()
    identity: dict[str, Any] = {
        "type": {"role": "AssumedRole", "user": "IAMUser", "root": "Root", "federated": "FederatedUser"}[
            caller.kind
        ],
        "principalId": caller.user_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": scope.access_key if scope is not None else "",
    }
    if caller.kind == "user":
        identity["userName"] = caller.arn.rpartition("/")[2]
    if caller.role is not None and caller.kind == "role":
        identity["sessionContext"] = {
            "sessionIssuer": {
                "type": "Role",
                "principalId": caller.user_id.partition(":")[0],
                "arn": caller.role,
                "accountId": caller.account,
                "userName": caller.role.rpartition("/")[2],
            },
            "attributes": {"mfaAuthenticated": str(bool(caller.mfa)).lower()},
        }
        if caller.issued is not None:
            created = datetime.fromtimestamp(caller.issued, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            identity["sessionContext"]["attributes"]["creationDate"] = created
    if caller.called_via:
        identity["invokedBy"] = caller.called_via[-1]
    return identity


def _source(asked: Asked) -> str:
    if asked.caller.kind == "service":
        return asked.caller.arn
    return asked.caller.called_via[-1] if asked.caller.called_via else asked.source_ip


def _shown(value: Any, depth: int, name: str = "") -> Any:
    """JSON values with CloudTrail's member names, without secrets and without data."""
    if name.lower() in _SECRET and value is not None:
        return HIDDEN
    if isinstance(value, Mapping):
        if depth > _DEPTH:
            return "..."
        return {key[:1].lower() + key[1:]: _shown(item, depth + 1, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item, depth + 1) for item in value]
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[:_LONGEST] + "..."
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    return HIDDEN  # bytes, streams: data


def _elements(asked: Asked, answer: Answer) -> Any:
    """The answer to a call that changes something."""
    if asked.service == "s3" or not answer.body:
        return None
    try:
        found = protocol.read(asked.request, answer, asked.operation)
    except Exception:  # noqa: BLE001 (an answer that cannot be read has been given all the same)
        return None
    return _shown(found, 0) or None


def _resources(asked: Asked, kind: str) -> list[str]:
    given = asked.parameters
    if kind == "AWS::S3::Object":
        bucket = f"arn:aws:s3:::{given.get('Bucket', '')}"
        keys = [given["Key"]] if "Key" in given else []
        keys += [item["Key"] for item in (given.get("Delete") or {}).get("Objects", ())]
        return [f"{bucket}/{key}" for key in keys] or [bucket]
    names = ("EndpointName", "FeatureGroupName", "FunctionName", "TableName", "TopicArn", "QueueUrl")
    return [str(given[name]) for name in names if name in given]
