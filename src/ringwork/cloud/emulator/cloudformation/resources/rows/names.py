"""AWS::Route53::RecordSet and AWS::Route53Profiles types."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.api import Api, Tagging
from ringwork.cloud.emulator.cloudformation.resources.provider import Context, Properties


def _leave_vpc(context: Context, _association: str, properties: Properties) -> None:
    context.client("route53profiles").disassociate_profile(
        ProfileId=properties["ProfileId"], ResourceId=properties["ResourceId"]
    )


def _remove(context: Context, _association: str, properties: Properties) -> None:
    context.client("route53profiles").disassociate_resource_from_profile(
        ProfileId=properties["ProfileId"], ResourceArn=properties["ResourceArn"]
    )


def _arn(kind: str) -> str:
    return f"arn:aws:route53profiles:{{region}}:{{account}}:{kind}/{{ref}}"


def _tagging(kind: str) -> Tagging:
    return Tagging("tag_resource", "untag_resource", "ResourceArn", "Tags", "TagKeys", id=_arn(kind))


ROWS: dict[str, Any] = {
    "AWS::Route53Profiles::Profile": Api(
        service="route53profiles",
        create="create_profile",
        ref="{answer[Profile][Id]}",
        key={"ProfileId": "{ref}"},
        delete="delete_profile",
        read="get_profile",
        found="Profile",
        attributes={"Arn": "{found[Arn]}", "Id": "{ref}", "ShareStatus": "{found[ShareStatus]}"},
        fixed={"ClientToken": "{unique}"},
        tagging=_tagging("profile"),
        arn=_arn("profile"),
    ),
    "AWS::Route53Profiles::ProfileAssociation": Api(
        service="route53profiles",
        create="associate_profile",
        ref="{answer[ProfileAssociation][Id]}",
        key={"ProfileAssociationId": "{ref}"},
        delete=_leave_vpc,
        read="get_profile_association",
        found="ProfileAssociation",
        attributes={"Id": "{ref}"},
        tagging=_tagging("profile-association"),
        arn=_arn("profile-association"),
    ),
    "AWS::Route53Profiles::ProfileResourceAssociation": Api(
        service="route53profiles",
        create="associate_resource_to_profile",
        ref="{answer[ProfileResourceAssociation][Id]}",
        key={"ProfileResourceAssociationId": "{ref}"},
        delete=_remove,
        read="get_profile_resource_association",
        found="ProfileResourceAssociation",
        attributes={"Id": "{ref}"},
    ),
}
