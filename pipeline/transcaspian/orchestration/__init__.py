"""What flows need of Prefect: serving, lost servers, progress, clusters. Only this room and `flows` import it."""

import os

SETTINGS = {
    "DO_NOT_TRACK": "1",  # of Prefect's client: it reports its first import, flow, run, deployment and schedule
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",  # of its server: it reports every ten minutes
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # 20 s are too few on a busy machine
}
"""What Prefect is told before it is imported, unless a person says otherwise: the environment is read first."""

for _name, _value in SETTINGS.items():
    os.environ.setdefault(_name, _value)
