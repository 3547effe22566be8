"""``python -m maze``, and what the ``maze`` command starts with."""

import sys


def main() -> None:
    """Run the command; Ctrl-C is quiet even while it is still being imported."""
    try:
        from maze.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
