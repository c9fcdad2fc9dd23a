"""What a call must be allowed, and the keys of its requests: by AWS's documents."""
