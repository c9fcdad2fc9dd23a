"""What is wrong or doubtful in one policy, without any request: findings with a pointer and AWS's page.

Severity `high`: AWS refuses the policy, or a guard in it guards nothing. `medium`: a statement, or a part of
it, does not do what it says, as far as the Service Authorization Reference goes; what depends on that names
the version of the data, because AWS adds actions every day. Lower ones: what a reader should look at.
"""

from ringwork.access.lint.arns import malformed_arn
from ringwork.access.lint.finding import SOURCES, Held, LintFinding
from ringwork.access.lint.sizes import lint_inline, lint_size
from ringwork.access.lint.statements import lint

__all__ = ["SOURCES", "Held", "LintFinding", "lint", "lint_inline", "lint_size", "malformed_arn"]
