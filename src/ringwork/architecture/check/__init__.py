"""Check stacks before anything is deployed: would CloudFormation and AWS take them?

One file for each question: resource properties and structure (`template`), names that lead nowhere
(`references`), parameters and the graph of stacks (`parameters`), addresses (`addresses`), sizes, counts and
unique names (`quotas`).
"""

from ringwork.architecture.check.all import check
from ringwork.architecture.check.problem import Problem

__all__ = ["Problem", "check"]
