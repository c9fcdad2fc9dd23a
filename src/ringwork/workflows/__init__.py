"""Plan, deploy, audit, prove, demo: functions that join the packages below, for the CLI and for Python."""
