"""Controls of the data ring."""

from ringwork.controls.data import bucket_policies, bucket_settings, classes, keys

CONTROLS = (
    *bucket_settings.CONTROLS,
    *bucket_policies.CONTROLS,
    *classes.CONTROLS,
    *keys.CONTROLS,
)
