"""Does AWS's own schema of the Landing Zone Accelerator take what `compile --lza` writes?

    python benchmarks/landing_zone.py network-config.json

The file is `source/packages/@aws-accelerator/config/lib/schemas/network-config.json` of the repository
awslabs/landing-zone-accelerator-on-aws. Exits with 1 at the first example that it refuses.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema_rs

from ringwork.architecture import compile_blueprint
from ringwork.architecture.landing_zone import network_config
from ringwork.blueprint import accounts, allocate, load

EXAMPLES = Path(__file__).parents[1] / "examples"


def main(schema: str) -> int:
    validator = jsonschema_rs.validator_for(json.loads(Path(schema).read_text(encoding="utf-8")))
    bad = 0
    for path in sorted(EXAMPLES.glob("*.yaml")):
        blueprint = load(path)
        names = {account: name for name, (account, _) in accounts(blueprint).items()}
        config = network_config(compile_blueprint(blueprint, allocate(blueprint)).stacks, names)
        errors = list(validator.iter_errors(config))
        bad += bool(errors)
        print(f"{path.stem}: {len(config['vpcs'])} VPCs, {len(errors)} errors")
        for error in errors[:5]:
            print(f"  {'/'.join(map(str, error.instance_path))}: {error.message[:200]}")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
