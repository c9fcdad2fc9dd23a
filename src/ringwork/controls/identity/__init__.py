"""Controls of the identity ring."""

from ringwork.controls.identity import administrators, boundaries, pass_role, trust

CONTROLS = (administrators.CONTROL, pass_role.CONTROL, trust.CONTROL, boundaries.CONTROL)
