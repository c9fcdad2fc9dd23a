"""The endpoints ring: what controls EPT-01 to EPT-20 and IAM-17 ask of endpoints, APIs and web ACLs."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from tests.architecture.conftest import CLINIC

from ringwork.architecture import compile_blueprint
from ringwork.architecture.endpoints.hosting import LOCAL_STORAGE
from ringwork.blueprint import allocate
from ringwork.blueprint.model import Blueprint
from ringwork.estate import StackOutput


def served(**serving: Any) -> dict[str, Any]:
    """The clinic's teams, with something to serve."""
    teams = copy.deepcopy(CLINIC["teams"])
    teams["imaging"]["workloads"]["serve"]["serving"] = {
        "release": {"model": "finder", "image": f"finder@sha256:{'a' * 64}", "artifact": "v1/model.tar.gz"},
        **serving,
    }
    return dict(teams)


SHARED = ("management", "network", "security", "log-archive")
SHADOW = {"model": "finder", "image": f"finder@sha256:{'b' * 64}", "artifact": "v2/model.tar.gz"}


@pytest.fixture(scope="module")
def serving(compiling: Any) -> Any:
    return compiling(teams=served(shadow=SHADOW))


def only(compiled: Any, type: str) -> dict[str, Any]:
    (found,) = compiled.of_type(type, "imaging", "endpoints").values()
    return dict(found)


def at(compiled: Any, logical: str) -> dict[str, Any]:
    return dict(compiled.template("imaging", "endpoints")["Resources"][logical]["Properties"])


# --- the endpoint


def test_models_are_isolated_and_named_by_digest_and_approved_key(serving: Any) -> None:
    model = at(serving, "ServeModel")
    assert model["EnableNetworkIsolation"] is True  # MDL-01
    assert len(model["VpcConfig"]["Subnets"]) == 3  # MDL-02
    container = model["PrimaryContainer"]
    assert container["Image"]["Fn::Sub"].endswith(f"/clinic-imaging/finder@sha256:{'a' * 64}")  # CMP-27
    assert container["ModelDataUrl"]["Fn::Sub"].startswith("s3://clinic-imaging-approved-")
    assert container["ModelDataUrl"]["Fn::Sub"].endswith("/approved/finder/v1/model.tar.gz")
    assert "ModelName" not in model  # CloudFormation replaces what it names itself


def test_an_endpoint_has_two_instances_a_key_and_capture(serving: Any) -> None:
    config = only(serving, "AWS::SageMaker::EndpointConfig")
    (variant,) = config["ProductionVariants"]
    assert variant["InitialInstanceCount"] == 2  # EPT-02
    assert config["KmsKeyId"] == {"Ref": "RestrictedKeyArn"}  # EPT-01: the class of `finder`
    capture = config["DataCaptureConfig"]
    assert capture["EnableCapture"] is True
    assert capture["InitialSamplingPercentage"] == 100
    assert {option["CaptureMode"] for option in capture["CaptureOptions"]} == {"Input", "Output"}  # EPT-03
    assert capture["KmsKeyId"] == {"Ref": "RestrictedKeyArn"}  # EPT-04
    assert capture["DestinationS3Uri"]["Fn::Sub"].endswith("/captured/serve")


def test_a_candidate_gets_a_copy_and_answers_nobody(serving: Any, compiling: Any) -> None:
    # control EPT-07
    config = only(serving, "AWS::SageMaker::EndpointConfig")
    (shadow,) = config["ShadowProductionVariants"]
    assert shadow["ModelName"] == {"Fn::GetAtt": ["ServeShadowModel", "ModelName"]}
    assert at(serving, "ServeShadowModel")["PrimaryContainer"]["Image"]["Fn::Sub"].endswith("b" * 64)
    alone = only(compiling(teams=served()), "AWS::SageMaker::EndpointConfig")
    assert "ShadowProductionVariants" not in alone


def test_a_deployment_begins_with_a_part_and_rolls_back_on_alarms(serving: Any) -> None:
    # control EPT-05
    deployment = only(serving, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    routing = deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "CANARY"
    assert routing["CanarySize"] == {"Type": "INSTANCE_COUNT", "Value": 1}
    alarms = deployment["AutoRollbackConfiguration"]["Alarms"]
    watched = {at(serving, alarm["AlarmName"]["Ref"])["MetricName"] for alarm in alarms}
    assert watched == {"Invocation4XXErrors", "Invocation5XXErrors", "ModelLatency"}


@pytest.mark.parametrize(
    ("instance_type", "local"),
    [
        ("ml.m7i.large", False),
        ("ml.m5.xlarge", False),
        ("ml.inf2.xlarge", False),
        ("ml.c6i.large", False),
        ("ml.m5d.large", True),
        ("ml.c6gd.large", True),
        ("ml.g4dn.xlarge", True),
        ("ml.g5.2xlarge", True),
        ("ml.p4d.24xlarge", True),
        ("ml.r6idn.large", True),
    ],
)
def test_storage_that_hardware_encrypts_takes_no_key(instance_type: str, local: bool) -> None:
    # EC2 user guide, "Instance store volumes"
    assert bool(LOCAL_STORAGE.fullmatch(instance_type)) is local


def test_no_key_is_named_for_instances_with_local_storage(compiling: Any) -> None:
    compiled = compiling(teams=served(instance_type="ml.g5.xlarge"))
    config = only(compiled, "AWS::SageMaker::EndpointConfig")
    assert "KmsKeyId" not in config
    assert config["DataCaptureConfig"]["KmsKeyId"]


def test_an_endpoint_without_a_release_waits_and_says_so(clinic: Any) -> None:
    assert clinic.of_type("AWS::SageMaker::Endpoint", "imaging", "endpoints") == {}
    assert clinic.of_type("AWS::ApiGateway::RestApi", "imaging", "endpoints") != {}
    assert any("`imaging/serve` waits" in note for note in clinic.architecture.notes)


def test_one_instance_is_noted(compiling: Any) -> None:
    compiled = compiling(teams=served(instances=1))
    assert any("EPT-02" in note for note in compiled.architecture.notes)


# --- the API


def test_the_api_is_private_and_admits_declared_callers_through_their_endpoints(clinic: Any) -> None:
    # control EPT-20; `desk` and `research/explore` have flows to it
    api = only(clinic, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["PRIVATE"]}
    found = {statement["Sid"]: statement for statement in api["Policy"]["Statement"]}
    callers = {"clinic-imaging-desk", "clinic-research-explore"}
    for sid, operator in (("DeclaredCallers", "ArnEquals"), ("NobodyElse", "ArnNotEquals")):
        arns = found[sid]["Condition"][operator]["aws:PrincipalArn"]
        assert {arn["Fn::Sub"].rsplit("/", 1)[-1] for arn in arns} == callers
    assert (found["NobodyElse"]["Effect"], found["NobodyElse"]["Principal"]) == ("Deny", "*")
    ways = found["OnlyThroughDeclaredEndpoints"]
    assert ways["Effect"] == "Deny"
    assert ways["Condition"] == {
        "StringNotEquals": {
            "aws:SourceVpce": [{"Ref": "ExecuteApiEndpointId"}, {"Ref": "ResearchExecuteApiEndpointId"}]
        }
    }


def test_requests_are_signed_validated_and_stripped_of_callers_headers(clinic: Any) -> None:
    method = only(clinic, "AWS::ApiGateway::Method")
    assert method["AuthorizationType"] == "AWS_IAM"  # EPT-08
    validator = only(clinic, "AWS::ApiGateway::RequestValidator")
    assert validator["ValidateRequestBody"] is True  # EPT-19
    assert only(clinic, "AWS::ApiGateway::Model")["Schema"]["type"] == ["array", "object"]
    integration = method["Integration"]
    # what has no template is refused with 415 (API Gateway, "Integration passthrough behaviors")
    assert integration["PassthroughBehavior"] == "NEVER"
    assert list(integration["RequestTemplates"]) == ["application/json"]
    passed = {name.rsplit(".", 1)[-1]: value for name, value in integration["RequestParameters"].items()}
    assert passed == {
        "Accept": "'application/json'",
        "Content-Type": "'application/json'",
        "X-Amzn-SageMaker-Inference-Id": "context.requestId",
    }


def test_the_api_may_ask_its_own_endpoint_and_nothing_else(clinic: Any) -> None:
    # control IAM-17
    policy = only(clinic, "AWS::IAM::RolePolicy")["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert statement["Action"] == "sagemaker:InvokeEndpoint"
    assert statement["Resource"]["Fn::Sub"].endswith(":endpoint/clinic-imaging--serve")
    role = only(clinic, "AWS::IAM::Role")
    assert role["PermissionsBoundary"] == {"Ref": "BoundaryArn"}
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trusted["Principal"] == {"Service": "apigateway.amazonaws.com"}


def test_calls_are_throttled_and_logged_without_their_content(clinic: Any) -> None:
    # controls EPT-13 and EPT-18
    stage = only(clinic, "AWS::ApiGateway::Stage")
    assert stage["StageName"] == "imaging--serve"
    (settings,) = stage["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (50, 100)
    assert settings["DataTraceEnabled"] is False
    assert settings["CachingEnabled"] is False
    logged = json.loads(stage["AccessLogSetting"]["Format"])
    assert {"requestId", "identity.userArn", "identity.vpceId"} <= set(logged)
    assert not any("body" in name.lower() for name in logged)
    groups = clinic.of_type("AWS::Logs::LogGroup", "imaging", "endpoints").values()
    assert all(group["KmsKeyId"] and group["RetentionInDays"] >= 365 for group in groups)


def test_another_definition_is_another_deployment(clinic: Any, compiling: Any) -> None:
    def deployment(compiled: Any) -> str:
        return str(only(compiled, "AWS::ApiGateway::Stage")["DeploymentId"]["Ref"])

    flows = [flow for flow in CLINIC["flows"] if flow["from"] != "research/explore"]
    assert deployment(compiling(flows=flows)) != deployment(clinic)
    assert deployment(compiling(teams=served())) == deployment(clinic)


def test_an_endpoint_that_nobody_may_call_has_no_api(compiling: Any) -> None:
    compiled = compiling(flows=[], teams=served())
    assert compiled.of_type("AWS::ApiGateway::RestApi", "imaging", "endpoints") == {}
    assert compiled.of_type("AWS::WAFv2::WebACL", "imaging", "endpoints") == {}
    assert compiled.of_type("AWS::SageMaker::Endpoint", "imaging", "endpoints") != {}


def asked(compiled: Any, environment: str, role: str) -> list[str]:
    """What the role of a workload may call of API Gateway."""
    policy = compiled.of_type("AWS::IAM::RolePolicy", environment, "identity")[f"{role}RolePolicy"]
    return [
        arn.get("Fn::Sub") if isinstance(arn, dict) else arn
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Sid"] == "AskDeclaredApis"
        for arn in (
            statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        )
    ]


def test_callers_may_ask_the_declared_api_and_nobody_else_may_ask_any(clinic: Any) -> None:
    own = "arn:${AWS::Partition}:execute-api:%s:111122223333:*/imaging--serve/POST/invocations"
    both = [own % "eu-west-1", own % "eu-central-1"]
    assert asked(clinic, "imaging", "Desk") == both
    assert asked(clinic, "research", "Explore") == both
    assert asked(clinic, "imaging", "Prepare") == []


def test_callers_in_other_accounts_are_named_with_their_accounts(compiling: Any) -> None:
    ids = {"imaging": "111111111111", "research": "222222222222"}
    shared = {name: f"{index}" * 12 for index, name in enumerate(SHARED, start=3)}
    accounts = {"layout": "per-team", "ids": ids | shared}
    teams = copy.deepcopy(CLINIC["teams"])
    teams["research"]["workloads"]["explore"]["reads"] = ["cohort"]
    compiled = compiling(accounts=accounts, teams=teams)
    policy = only(compiled, "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    (allowed,) = [statement for statement in policy if statement["Sid"] == "DeclaredCallers"]
    accounts_named = [root["Fn::Sub"].split(":")[-2] for root in allowed["Principal"]["AWS"]]
    assert accounts_named == ["111111111111", "222222222222"]
    assert [arn.split(":")[-2] for arn in asked(compiled, "research", "Explore")] == ["111111111111"] * 2


def test_shared_endpoints_are_the_way_in_where_endpoints_are_central() -> None:
    blueprint = Blueprint.model_validate({**CLINIC, "network": {**CLINIC["network"], "endpoints": "central"}})
    (stack,) = [
        stack
        for stack in compile_blueprint(blueprint, allocate(blueprint, None)).stacks
        if stack.name.endswith("imaging-endpoints") and stack.region == "eu-west-1"
    ]
    source = stack.parameters["ExecuteApiEndpointId"]
    assert isinstance(source, StackOutput)
    assert source.stack.endswith("-network-services")
    assert "ResearchExecuteApiEndpointId" not in stack.parameters


# --- the web ACL


COSTS = {
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesAmazonIpReputationList": 25,
}
"""AWS WAF developer guide, "AWS Managed Rules rule groups list" """


def rules(compiled: Any) -> dict[str, dict[str, Any]]:
    return {rule["Name"]: rule for rule in only(compiled, "AWS::WAFv2::WebACL")["Rules"]}


def test_the_web_acl_has_aws_groups_a_rate_and_a_size(clinic: Any) -> None:
    # controls EPT-11 to EPT-14
    found = rules(clinic)
    groups = {
        rule["Statement"]["ManagedRuleGroupStatement"]["Name"]: rule
        for rule in found.values()
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert set(groups) == set(COSTS)
    assert all(rule["OverrideAction"] == {"None": {}} for rule in groups.values())
    rate = found["rate"]
    assert rate["Action"] == {"Block": {}}
    assert rate["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 60,
        "Limit": 50 * 60,
    }
    assert len({rule["Priority"] for rule in found.values()}) == len(found)


def test_the_web_acl_stays_within_the_basic_price(clinic: Any) -> None:
    # a rate-based rule costs 2 units, a size constraint 1; 1,500 are in the basic price
    assert sum(COSTS.values()) + 2 + 1 <= 1500


@pytest.mark.parametrize(
    ("declared", "inspected", "blocked"), [(8, "KB_16", 8192), (64, "KB_64", 65536), (512, "KB_64", None)]
)
def test_body_inspection_fits_the_declared_request(
    compiling: Any, declared: int, inspected: str, blocked: int | None
) -> None:
    # control EPT-14: the common rules' 8 KB never block silently
    compiled = compiling(teams=served(request_kilobytes=declared))
    acl = only(compiled, "AWS::WAFv2::WebACL")
    limit = acl["AssociationConfig"]["RequestBody"]["API_GATEWAY"]["DefaultSizeInspectionLimit"]
    assert limit == inspected
    common = rules(compiled)["common"]["Statement"]["ManagedRuleGroupStatement"]
    assert common["RuleActionOverrides"] == [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]
    size = rules(compiled).get("body-size", {"Statement": {}})["Statement"].get("SizeConstraintStatement")
    assert (size and size["Size"]) == blocked
    if size:
        assert size["FieldToMatch"]["Body"]["OversizeHandling"] == "MATCH"


def test_the_web_acl_stands_before_the_stage_logs_and_redacts(clinic: Any) -> None:
    association = only(clinic, "AWS::WAFv2::WebACLAssociation")  # EPT-10
    assert association["ResourceArn"]["Fn::Sub"].endswith("/restapis/${ServeApi}/stages/${ServeApiStage}")
    logging = only(clinic, "AWS::WAFv2::LoggingConfiguration")  # EPT-15
    assert {"SingleHeader": {"Name": "authorization"}} in logging["RedactedFields"]
    assert at(clinic, "ServeWebAclLogGroup")["LogGroupName"].startswith("aws-waf-logs-")
    acl = only(clinic, "AWS::WAFv2::WebACL")  # EPT-16
    seen = [acl["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in acl["Rules"])]
    assert all(each["CloudWatchMetricsEnabled"] and each["SampledRequestsEnabled"] for each in seen)


def test_an_endpoint_takes_few_resources(serving: Any) -> None:
    assert len(serving.template("imaging", "endpoints")["Resources"]) <= 35


def test_api_gateway_may_write_logs_in_accounts_with_an_api(clinic: Any, compiling: Any) -> None:
    assert clinic.of_type("AWS::ApiGateway::Account", "main", "account")
    closed = compiling(flows=[])
    assert closed.of_type("AWS::ApiGateway::Account", "main", "account") == {}
