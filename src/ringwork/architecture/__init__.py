"""Blueprint to stacks, one file for each ring."""
