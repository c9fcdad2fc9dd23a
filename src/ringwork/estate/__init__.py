"""One immutable model of AWS resources, in CloudFormation's own shape."""
