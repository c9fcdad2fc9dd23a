"""Settings that no CloudFormation type has: written with their stack, planned when they drift, taken back."""

from __future__ import annotations

import json
from pathlib import Path

from tests.workflows.test_round_trip_detection import ONE

from ringwork.cli.changes import summary
from ringwork.cloud import deploy as deployer
from ringwork.workflows import deployment
from ringwork.workflows.target import workplace


def test_a_setting_is_written_drifts_visibly_and_goes_where_it_costs(tmp_path: Path) -> None:
    path = tmp_path / "blueprint.json"
    path.write_text(json.dumps(ONE), encoding="utf-8")
    with workplace(path, "local") as place:
        deployment.bootstrap(place).raise_for_failure()
        first = deployment.plan(place)
        assert "settings to write" in summary(first)
        deployment.deploy(place).raise_for_failure()
        assert deployment.plan(place).empty

        account = place.designed.accounts[0]
        macie, inspector, ec2, s3control = (
            place.cloud.client(service, account=account, region="eu-west-1")
            for service in ("macie2", "inspector2", "ec2", "s3control")
        )
        (job,) = macie.list_classification_jobs()["items"]
        assert (job["jobType"], job["jobStatus"]) == ("SCHEDULED", "RUNNING")
        assert ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True

        macie.update_automated_discovery_configuration(status="DISABLED")
        drifted = deployment.plan(place)
        assert [stack.sets for stack in drifted.stacks if stack.sets] == [
            ("set: Macie samples all buckets for sensitive data by itself (control DAT-23)",)
        ]
        assert "1 setting to write" in summary(drifted)
        deployment.deploy(place).raise_for_failure()
        assert macie.get_automated_discovery_configuration()["status"] == "ENABLED"

        deployer.destroy(place.cloud, place.designed.stacks, confirm=True).raise_for_failure()
        (status,) = inspector.batch_get_account_status(accountIds=[account])["accounts"]
        assert status["resourceState"]["ecr"]["status"] == "DISABLED"
        # what protects the account stays
        blocked = s3control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]
        assert all(blocked.values())
