"""``python -m maze``."""

from maze.cli import main

if __name__ == "__main__":
    main()
