"""Ringwork: defence in depth for machine learning on AWS."""

__version__ = "0.1.0"
