"""``python -m pipeline``: the command without Prefect."""

from pipeline.cli import main

if __name__ == "__main__":
    main()
