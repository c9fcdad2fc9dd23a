"""Calls beyond the published coverage script, with answers from AWS's documents."""
