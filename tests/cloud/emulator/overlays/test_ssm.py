"""No instance is managed, because no agent runs on any."""

from __future__ import annotations

from ringwork.cloud.emulator import LocalCloud


def test_an_instance_without_an_agent_is_not_managed(tmp_path):
    """Systems Manager user guide, "Managed nodes": an instance is one once its SSM Agent has registered."""
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session("111122223333", "eu-west-1")
        ec2 = session.client("ec2")
        image = ec2.register_image(Name="own", RootDeviceName="/dev/xvda")["ImageId"]
        ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro")
        answer = session.client("ssm").describe_instance_information()
        assert answer["InstanceInformationList"] == []
        assert answer["ResponseMetadata"]["HTTPHeaders"]["x-ringwork-fidelity"] == "simulated"
