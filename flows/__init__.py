"""The flows that Prefect deploys; what they need of machinery is `transcaspian.orchestration`."""

import transcaspian.orchestration  # noqa: F401 - its settings stand before Prefect is imported
