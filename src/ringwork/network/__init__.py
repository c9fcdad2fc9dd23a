"""AWS packet forwarding and filtering: what can reach what, and a proof of what cannot."""
