"""What a user writes: the blueprint's model, its YAML and its JSON Schema."""
