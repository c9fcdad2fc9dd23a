"""Controls of the network ring."""

from ringwork.controls.network import (
    acl_administration,
    acl_order,
    endpoint_groups,
    endpoint_policies,
    endpoints,
    flow_logs,
    group_egress,
    group_peers,
    internet_routes,
    open_to_internet,
    overlap,
    public_addresses,
)

CONTROLS = (
    flow_logs.CONTROL,
    open_to_internet.CONTROL,
    group_egress.CONTROL,
    group_peers.CONTROL,
    public_addresses.CONTROL,
    internet_routes.CONTROL,
    acl_administration.CONTROL,
    acl_order.CONTROL,
    overlap.CONTROL,
    *endpoints.CONTROLS,
    *endpoint_policies.CONTROLS,
    endpoint_groups.CONTROL,
)
