"""Custom key stores. Expected: KMS API reference, the errors of each operation."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"
NOBODY = "cks-0123456789abcdef0"


def cluster(session):
    hsm = session.client("cloudhsmv2")
    made = hsm.create_cluster(HsmType="hsm1.medium", SubnetIds=["subnet-0123456789abcdef0"])
    return made["Cluster"]["ClusterId"]


@pytest.fixture
def place(tmp_path):
    """A session, a KMS client, and the arguments of a store."""
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        secret = {"TrustAnchorCertificate": "x", "KeyStorePassword": "abcdefg"}
        yield session, session.client("kms"), {"CloudHsmClusterId": cluster(session), **secret}


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def names(kms, **arguments):
    found = kms.describe_custom_key_stores(**arguments)["CustomKeyStores"]
    return [one["CustomKeyStoreName"] for one in found]


def test_a_new_store_is_disconnected_and_does_not_tell_its_password(place):
    _session, kms, given = place
    id = kms.create_custom_key_store(CustomKeyStoreName="c", **given)["CustomKeyStoreId"]
    (found,) = kms.describe_custom_key_stores(CustomKeyStoreId=id)["CustomKeyStores"]
    del found["CreationDate"]
    assert found == {
        "CustomKeyStoreId": id,
        "CustomKeyStoreName": "c",
        "CloudHsmClusterId": given["CloudHsmClusterId"],
        "TrustAnchorCertificate": "x",
        "ConnectionState": "DISCONNECTED",
        "CustomKeyStoreType": "AWS_CLOUDHSM",
    }


def test_a_store_has_a_name_and_a_cluster_of_its_own(place):
    session, kms, given = place
    create = kms.create_custom_key_store
    create(CustomKeyStoreName="c", **given)
    assert code(create, CustomKeyStoreName="d", **given) == "CloudHsmClusterInUseException"
    other = {**given, "CloudHsmClusterId": cluster(session)}
    assert code(create, CustomKeyStoreName="c", **other) == "CustomKeyStoreNameInUseException"
    nowhere = {**given, "CloudHsmClusterId": "cluster-1a23b4cdefg"}
    assert code(create, CustomKeyStoreName="d", **nowhere) == "CloudHsmClusterNotFoundException"
    create(CustomKeyStoreName="d", **other)
    assert names(kms) == ["c", "d"]


def test_no_key_is_made_in_a_store_that_is_not_connected(place):
    _session, kms, given = place
    id = kms.create_custom_key_store(CustomKeyStoreName="c", **given)["CustomKeyStoreId"]
    for store, expected in (
        (id, "CustomKeyStoreInvalidStateException"),
        (NOBODY, "CustomKeyStoreNotFoundException"),
    ):
        assert code(kms.create_key, CustomKeyStoreId=store, Origin="AWS_CLOUDHSM") == expected
        assert code(kms.generate_random, CustomKeyStoreId=store, NumberOfBytes=8) == expected
        assert code(kms.disconnect_custom_key_store, CustomKeyStoreId=store) == expected
    assert kms.list_keys()["Keys"] == []


def test_a_store_is_renamed_and_deleted(place):
    session, kms, given = place
    id = kms.create_custom_key_store(CustomKeyStoreName="c", **given)["CustomKeyStoreId"]
    other = {**given, "CloudHsmClusterId": cluster(session)}
    kms.create_custom_key_store(CustomKeyStoreName="d", **other)
    update = kms.update_custom_key_store
    taken = code(update, CustomKeyStoreId=id, NewCustomKeyStoreName="d")
    assert taken == "CustomKeyStoreNameInUseException"
    update(CustomKeyStoreId=id, NewCustomKeyStoreName="e")
    assert names(kms) == ["e", "d"]
    kms.delete_custom_key_store(CustomKeyStoreId=id)
    assert names(kms) == ["d"]
    assert code(kms.delete_custom_key_store, CustomKeyStoreId=id) == "CustomKeyStoreNotFoundException"
    gone = code(kms.describe_custom_key_stores, CustomKeyStoreName="e")
    assert gone == "CustomKeyStoreNotFoundException"


def test_what_needs_an_hsm_or_a_proxy_is_not_emulated(place):
    _session, kms, given = place
    id = kms.create_custom_key_store(CustomKeyStoreName="c", **given)["CustomKeyStoreId"]
    assert code(kms.connect_custom_key_store, CustomKeyStoreId=id) == "NotEmulated"
    external = {"CustomKeyStoreName": "x", "CustomKeyStoreType": "EXTERNAL_KEY_STORE"}
    assert code(kms.create_custom_key_store, **external) == "NotEmulated"
