"""Records of the local cloud: what is put in a table is there when the snapshot is read again."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.cloud.emulator.state import BadSnapshotError
from ringwork.cloud.emulator.store import Store

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=6)
    | st.binary(max_size=6)
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "$time", "$bytes", "$$x", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)
records = st.dictionaries(st.text(max_size=4), st.dictionaries(st.text(max_size=4), values, max_size=3))


@given(records)
def test_what_is_kept_comes_back(kept):
    store = Store({}.get)
    store.table("sagemaker", "111122223333", "eu-west-1", "contexts").update(kept)
    again = Store(store.changes().get)
    assert again.table("sagemaker", "111122223333", "eu-west-1", "contexts") == kept


def test_what_only_was_read_is_not_written():
    store = Store({}.get)
    store.table("sagemaker", "111122223333", "eu-west-1", "contexts")["a"] = {"n": 1}
    saved = store.changes()
    store.saved(saved)
    again = Store(saved.get)
    assert again.table("sagemaker", "111122223333", "eu-west-1", "contexts")["a"] == {"n": 1}
    assert again.changes() == {}
    again.table("sagemaker", "111122223333", "eu-west-1", "contexts")["a"]["n"] = 2
    assert list(again.changes()) == ["stored/111122223333/eu-west-1/sagemaker"]


def test_the_last_record_of_a_place_can_go():
    store = Store({}.get)
    store.table("macie2", "111122223333", "eu-west-1", "jobs")["a"] = {}
    saved = store.changes()
    again = Store(saved.get)
    del again.table("macie2", "111122223333", "eu-west-1", "jobs")["a"]
    assert Store(again.changes().get).table("macie2", "111122223333", "eu-west-1", "jobs") == {}


def test_a_broken_part_is_a_bad_snapshot():
    with pytest.raises(BadSnapshotError):
        Store({"stored/1/eu-west-1/sagemaker": b"{"}.get).table("sagemaker", "1", "eu-west-1", "contexts")
