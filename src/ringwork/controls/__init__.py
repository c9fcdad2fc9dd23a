"""The catalogue: one small function and one metadata record for each control."""
