"""AWS cases in a compact form, answered by whatever answers for the network model."""
