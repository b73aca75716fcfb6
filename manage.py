#!/usr/bin/env python3
"""The command line of kpotracker: `python manage.py help` lists the commands."""

import os
import sys


def main() -> int:
    """Run one command; a wrong environment is answered with one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpotracker.settings")
    try:
        from kpotracker.commandline import run
    except ImportError as error:
        print(f"{error}: run `make demo` once, or install requirements.txt.", file=sys.stderr)
        return 1
    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
