"""The compute ring, against the controls CMP-* and what AWS documents."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

HEART: dict[str, Any] = {
    "teams": {
        "heart": {
            "data": {"scans": {"class": "restricted"}},
            "models": {"finder": {"class": "restricted"}},
            "workloads": {
                "desk": {"type": "notebook", "reads": ["scans"]},
                "lab": {"type": "studio", "reads": ["scans"]},
                "train": {"type": "training", "reads": ["scans"], "produces": ["finder"]},
                "vault": {"type": "enclave", "serves": ["finder"], "enclave": {"instances": 4}},
                "arm": {
                    "type": "enclave",
                    "serves": ["finder"],
                    "enclave": {"instance_type": "m7g.large"},
                },
            },
        }
    },
    "flows": [],
}


@pytest.fixture(scope="module")
def heart(compiling: Any) -> Any:
    return compiling(**HEART)


def test_a_notebook_has_no_internet_no_root_and_the_second_metadata_service(heart: Any) -> None:
    (notebook,) = heart.of_type("AWS::SageMaker::NotebookInstance", "heart", "compute").values()
    assert notebook["DirectInternetAccess"] == "Disabled"  # CMP-01
    assert notebook["RootAccess"] == "Disabled"  # CMP-03
    service = notebook["InstanceMetadataServiceConfiguration"]
    assert service == {"MinimumInstanceMetadataServiceVersion": "2"}  # CMP-05
    assert notebook["KmsKeyId"] == {"Fn::GetAtt": ["VolumeKey", "Arn"]}  # CMP-04
    assert notebook["SecurityGroupIds"] == [{"Ref": "DeskSecurityGroupId"}]  # CMP-02
    assert notebook["SubnetId"] == {"Ref": "InteractiveSubnetAId"}
    # SageMaker.8 of Security Hub: a supported platform
    assert notebook["PlatformIdentifier"] in {"notebook-al2-v3", "notebook-al2023-v1"}


def test_a_lifecycle_script_fetches_nothing_and_fits(heart: Any) -> None:
    (config,) = heart.of_type("AWS::SageMaker::NotebookInstanceLifecycleConfig", "heart", "compute").values()
    (script,) = [part["Content"]["Fn::Base64"] for part in config["OnStart"]]
    assert not re.search(r"\b(curl|wget|pip|conda|yum|dnf)\b", script)  # CMP-08
    assert "stop-notebook-instance" in script
    # SageMaker API Reference, NotebookInstanceLifecycleHook: 16,384 characters of Base64
    assert len(script) * 4 / 3 < 16_384


def test_studio_stays_in_the_vpc_and_stops_what_is_idle(heart: Any) -> None:
    (domain,) = heart.of_type("AWS::SageMaker::Domain", "heart", "compute").values()
    assert domain["AppNetworkAccessType"] == "VpcOnly"  # CMP-09
    assert domain["AppSecurityGroupManagement"] == "Customer"  # CMP-10
    user = domain["DefaultUserSettings"]
    assert user["SecurityGroups"] == [{"Ref": "LabSecurityGroupId"}]
    assert user["SharingSettings"] == {"NotebookOutputOption": "Disabled"}  # CMP-11
    for app in ("JupyterLabAppSettings", "CodeEditorAppSettings"):
        idle = user[app]["AppLifecycleManagement"]["IdleSettings"]
        assert idle["LifecycleManagement"] == "ENABLED"  # CMP-12
        assert 60 <= idle["IdleTimeoutInMinutes"] <= 525_600  # SageMaker API Reference, IdleSettings
    assert domain["KmsKeyId"] == {"Fn::GetAtt": ["VolumeKey", "Arn"]}  # DAT-30
    (profile,) = heart.of_type("AWS::SageMaker::UserProfile", "heart", "compute").values()
    assert profile["UserSettings"]["ExecutionRole"] == {"Ref": "LabRoleArn"}


def test_people_of_identity_center_sign_in_themselves(compiling: Any) -> None:
    people = {"instance": "arn:aws:sso:::instance/ssoins-1234567890abcdef"}
    compiled = compiling(
        **HEART, accounts={"layout": "per-team"}, perimeter={"people": people, "attach": "none"}
    )
    (domain,) = compiled.of_type("AWS::SageMaker::Domain", "heart", "compute").values()
    assert domain["AuthMode"] == "SSO"  # IAM-22
    assert compiled.of_type("AWS::SageMaker::UserProfile", "heart", "compute") == {}


def test_a_parent_starts_with_enclaves_imdsv2_of_one_hop_and_an_encrypted_disk(heart: Any) -> None:
    launch = heart.of_type("AWS::EC2::LaunchTemplate", "heart", "compute")["VaultLaunchTemplate"]
    data = launch["LaunchTemplateData"]
    assert data["EnclaveOptions"] == {"Enabled": True}  # CMP-31
    assert data["HibernationOptions"] == {"Configured": False}
    assert data["MetadataOptions"]["HttpTokens"] == "required"  # CMP-30
    assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    (disk,) = data["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True  # CMP-37
    assert disk["Ebs"]["KmsKeyId"] == {"Fn::GetAtt": ["VolumeKey", "Arn"]}
    assert "KeyName" not in data


def test_parents_stand_in_all_zones_without_a_public_address(heart: Any) -> None:
    instances = heart.of_type("AWS::EC2::Instance", "heart", "compute")
    vaults = {name: each for name, each in instances.items() if name.startswith("Vault")}
    assert sorted(vaults) == [f"VaultInstance{index}" for index in (1, 2, 3, 4)]
    for each in vaults.values():
        (interface,) = each["NetworkInterfaces"]
        assert interface["AssociatePublicIpAddress"] is False
        assert interface["GroupSet"] == [{"Ref": "VaultSecurityGroupId"}]
    zones = {each["NetworkInterfaces"][0]["SubnetId"]["Ref"] for each in vaults.values()}
    assert zones == {f"ServingSubnet{zone}Id" for zone in "ABC"}
    outputs = heart.template("heart", "compute")["Outputs"]
    assert {f"VaultInstanceId{index}" for index in (1, 2, 3, 4)} | {"VaultSealedKeyArn"} <= set(outputs)


def test_an_image_fits_its_processor(heart: Any) -> None:
    templates = heart.of_type("AWS::EC2::LaunchTemplate", "heart", "compute")
    images = {name: each["LaunchTemplateData"]["ImageId"] for name, each in templates.items()}
    assert images["VaultLaunchTemplate"].endswith("x86_64}}")
    assert images["ArmLaunchTemplate"].endswith("arm64}}")


def test_nobody_but_the_deploy_role_uses_the_key_of_disks_and_only_through_services(heart: Any) -> None:
    key = heart.of_type("AWS::KMS::Key", "heart", "compute")["VolumeKey"]
    using = [each for each in key["KeyPolicy"]["Statement"] if "kms:ViaService" in json.dumps(each)]
    assert len(using) == 4
    for each in using:
        assert each["Condition"]["ArnEquals"]["aws:PrincipalArn"]["Fn::Sub"].endswith("role/ringwork-deploy")
        if "kms:CreateGrant" in each["Action"]:
            assert each["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def test_job_defaults_are_isolated_encrypted_and_in_the_vpc(heart: Any) -> None:
    (parameter,) = heart.of_type("AWS::SSM::Parameter", "heart", "compute").values()
    assert parameter["Name"] == "/ringwork/clinic/heart/train/sagemaker-defaults"
    job = json.loads(parameter["Value"]["Fn::Sub"])["SageMaker"]["TrainingJob"]
    assert job["EnableNetworkIsolation"] is True
    assert job["EnableInterContainerTrafficEncryption"] is True
    assert job["VpcConfig"] == {
        "SecurityGroupIds": ["${TrainSecurityGroupId}"],
        "Subnets": [f"${{BuildSubnet{zone}Id}}" for zone in "ABC"],
    }
    assert job["ResourceConfig"] == {"VolumeKmsKeyId": "${RestrictedKeyArn}"}
