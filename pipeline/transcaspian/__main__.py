"""``python -m transcaspian``: the command without Prefect."""

from transcaspian.core.interrupt import interruptible


def main() -> None:
    """Run the command."""
    from transcaspian import cli  # an interrupt may come while it is loaded

    cli.main()


if __name__ == "__main__":
    interruptible(main)
