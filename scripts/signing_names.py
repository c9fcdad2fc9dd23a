"""Write which of botocore's services sign with which name.

A request says its signing name only, and several services share one (`sagemaker` and `sagemaker-runtime`).
Reading all service models takes seconds, so the table is made here. Run it after each change of botocore's
version:

    python scripts/signing_names.py
"""

from __future__ import annotations

import collections
import json
from pathlib import Path

import botocore.session

TARGET = Path(__file__).parent.parent / "src/ringwork/cloud/emulator/signing.json"


def table() -> dict[str, list[str]]:
    """Signing name -> services, the one of the same name first."""
    session = botocore.session.get_session()
    found = collections.defaultdict(list)
    for name in session.get_available_services():
        model = session.get_service_model(name)
        found[model.metadata.get("signingName") or model.endpoint_prefix].append(name)
    return {
        signing: sorted(names, key=lambda name: (name != signing, len(name), name))
        for signing, names in sorted(found.items())
        if names != [signing]
    }


def main() -> None:
    TARGET.write_text(json.dumps(table(), indent=0) + "\n", encoding="utf-8")
    print(f"{len(table())} signing names written to {TARGET.name}")


if __name__ == "__main__":
    main()
