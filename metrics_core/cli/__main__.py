"""The command, as torchrun starts it: `python -m metrics_core.cli evaluate ...`."""

from metrics_core.cli import main

if __name__ == "__main__":
    main()
