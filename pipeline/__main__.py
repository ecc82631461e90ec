"""``python -m pipeline``: the command without Prefect."""

from pipeline.interrupt import interruptible


def main() -> None:
    """Run the command."""
    from pipeline import cli  # an interrupt may come while it is loaded

    cli.main()


if __name__ == "__main__":
    interruptible(main)
