"""Requests that AWS allows or refuses, with its documents as the judge."""
