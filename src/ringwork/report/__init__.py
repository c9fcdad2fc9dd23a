"""Findings and proofs as terminal text, HTML and JSON, and the architecture as a diagram."""
