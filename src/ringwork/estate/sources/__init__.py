"""Where an estate is read from."""
