"""Notebook instances: in the environment's VPC, without internet and without root, stopped when idle."""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.compute.volumes import KEY
from ringwork.architecture.names import logical
from ringwork.architecture.placement import role, security_group, subnets, tier_of
from ringwork.architecture.site import Site
from ringwork.architecture.template import Purpose, TemplateBuilder, get_att
from ringwork.blueprint.model import DataClass

INSTANCE_TYPE = "ml.t3.medium"
VOLUME_GB = 20
PLATFORM = "notebook-al2023-v1"
"""Amazon Linux 2023 with JupyterLab 4 (SageMaker, "AL2023 notebook instances"; control CMP-06)."""
IDLE_MINUTES = 60

_ON_START = f"""#!/bin/sh
# stops this instance after {IDLE_MINUTES} minutes without activity; asks Jupyter on this machine only
set -eu
cat > /usr/local/bin/stop-when-idle <<'PYTHON'
import datetime, json, ssl, subprocess, sys, urllib.request
context = ssl._create_unverified_context()  # Jupyter's own certificate, on the loopback interface
with urllib.request.urlopen("https://localhost:8443/api/sessions", context=context) as answer:
    sessions = json.load(answer)
now = datetime.datetime.now(datetime.timezone.utc)
def recent(kernel):
    last = datetime.datetime.fromisoformat(kernel["last_activity"].replace("Z", "+00:00"))
    return kernel["execution_state"] != "idle" or (now - last).total_seconds() < {IDLE_MINUTES * 60}
with open("/proc/uptime") as uptime:
    young = float(uptime.read().split()[0]) < {IDLE_MINUTES * 60}
if young or any(recent(session["kernel"]) for session in sessions):
    sys.exit()
with open("/opt/ml/metadata/resource-metadata.json") as metadata:
    name = json.load(metadata)["ResourceName"]
subprocess.run(["aws", "sagemaker", "stop-notebook-instance", "--notebook-instance-name", name], check=True)
PYTHON
echo '*/5 * * * * root /usr/bin/python3 /usr/local/bin/stop-when-idle' > /etc/cron.d/stop-when-idle
"""
"""Nothing is fetched and no secret is in it (controls CMP-07 and CMP-08). A lifecycle script may have 16,384
characters in Base64 (SageMaker API Reference, NotebookInstanceLifecycleHook)."""


def add_notebook(template: TemplateBuilder, site: Site, name: str, home: str, data_class: DataClass) -> None:
    own = names.notebook(site.organization, site.environment.name, name)
    config = template.add(
        logical(name, "Lifecycle"),
        "AWS::SageMaker::NotebookInstanceLifecycleConfig",
        {
            "NotebookInstanceLifecycleConfigName": own,
            "OnStart": [{"Content": {"Fn::Base64": _ON_START}}],
        },
        Purpose("CMP-07, CMP-08", f"Stops {name} when nobody has used it for an hour; holds no secret"),
    )
    template.add(
        logical(name, "Notebook"),
        "AWS::SageMaker::NotebookInstance",
        {
            "NotebookInstanceName": own,
            "InstanceType": INSTANCE_TYPE,
            "PlatformIdentifier": PLATFORM,
            "RoleArn": role(template, site, name, home),
            "SubnetId": subnets(template, site, tier_of(site, name), 1)[0],
            "SecurityGroupIds": [security_group(template, site, name)],
            "DirectInternetAccess": "Disabled",
            "RootAccess": "Disabled",
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
            "KmsKeyId": get_att(KEY, "Arn"),
            "VolumeSizeInGB": VOLUME_GB,
            "LifecycleConfigName": get_att(config, "NotebookInstanceLifecycleConfigName"),
        },
        Purpose(
            "CMP-01, CMP-02, CMP-03, CMP-04, CMP-05, CMP-06",
            f"{name}'s machine: its own group in the VPC, no internet of SageMaker's, no root, IMDSv2",
        ),
        tags={"ringwork:workload": name, "ringwork:data-class": data_class.value},
        skip={"CKV2_AWS_68": "its role is in the identity stack, with what the blueprint grants it"},
    )
