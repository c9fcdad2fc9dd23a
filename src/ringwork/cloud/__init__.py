"""boto3 sessions, collectors, the deployer and the embedded local cloud."""
