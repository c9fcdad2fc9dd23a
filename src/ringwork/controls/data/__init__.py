"""Controls of the data ring."""

from ringwork.controls.data import bucket_policies, bucket_settings, classes, key_state, keys

CONTROLS = (
    *bucket_settings.CONTROLS,
    *bucket_policies.CONTROLS,
    *classes.CONTROLS,
    *keys.CONTROLS,
    *key_state.CONTROLS,
)
