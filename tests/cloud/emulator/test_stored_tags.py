"""Tags of what only the generic store has. Expected: the API references' pages of TagResource, UntagResource
and ListTagsForResource (Detective: tags as a map; CodeArtifact: as a list)."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def session(state):
    with LocalCloud(state) as cloud:
        yield cloud.session(ACCOUNT, REGION)


def test_tags_given_at_creation_are_read_changed_and_removed(session):
    detective = session.client("detective")
    arn = detective.create_graph(Tags={"team": "vision", "cost": "1"})["GraphArn"]

    def read():
        return detective.list_tags_for_resource(ResourceArn=arn)["Tags"]

    assert read() == {"team": "vision", "cost": "1"}
    detective.tag_resource(ResourceArn=arn, Tags={"cost": "2", "stage": "test"})
    assert read() == {"team": "vision", "cost": "2", "stage": "test"}
    detective.untag_resource(ResourceArn=arn, TagKeys=["cost", "absent"])
    assert read() == {"team": "vision", "stage": "test"}


def test_tags_of_a_service_that_lists_them(session):
    codeartifact = session.client("codeartifact")
    made = codeartifact.create_domain(domain="models", tags=[{"key": "team", "value": "vision"}])
    arn = made["domain"]["arn"]
    codeartifact.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "test"}])
    assert codeartifact.list_tags_for_resource(resourceArn=arn)["tags"] == [
        {"key": "team", "value": "vision"},
        {"key": "stage", "value": "test"},
    ]


def test_each_resource_has_tags_of_its_own(session):
    detective = session.client("detective")
    one, two = (detective.create_graph(Tags={"n": n})["GraphArn"] for n in ("1", "2"))
    detective.delete_graph(GraphArn=one)
    assert detective.list_tags_for_resource(ResourceArn=two)["Tags"] == {"n": "2"}
    with pytest.raises(detective.exceptions.ResourceNotFoundException):
        detective.list_tags_for_resource(ResourceArn=one)


def test_a_resource_that_does_not_exist_cannot_be_tagged(session):
    detective = session.client("detective")
    absent = f"arn:aws:detective:{REGION}:{ACCOUNT}:graph:{'0' * 32}"
    with pytest.raises(detective.exceptions.ResourceNotFoundException):
        detective.tag_resource(ResourceArn=absent, Tags={"n": "1"})


def test_tags_are_there_for_the_next_command(state):
    with LocalCloud(state) as cloud:
        detective = cloud.session(ACCOUNT, REGION).client("detective")
        arn = detective.create_graph(Tags={"n": "1"})["GraphArn"]
    with LocalCloud(state) as cloud:
        detective = cloud.session(ACCOUNT, REGION).client("detective")
        assert detective.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"n": "1"}


def test_of_what_is_kept_elsewhere_no_empty_tags_are_told(session):
    """moto keeps the repositories, but has no answer to this question."""
    codecommit = session.client("codecommit")
    arn = codecommit.create_repository(repositoryName="r", tags={"team": "vision"})["repositoryMetadata"][
        "Arn"
    ]
    with pytest.raises(ClientError) as refused:
        codecommit.list_tags_for_resource(resourceArn=arn)
    assert refused.value.response["Error"]["Code"] == "NotEmulated"
