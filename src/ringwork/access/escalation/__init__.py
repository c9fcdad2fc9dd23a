"""Escalation: how a principal gets more than its policies say."""
