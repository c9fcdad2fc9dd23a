"""Facts about CloudFormation types: properties, quotas, handler permissions."""
