#!/usr/bin/env python3
"""The command line of kpotracker: `python manage.py help` lists the commands."""

import os
import sys
from pathlib import Path

_VENV = Path(__file__).resolve().parent / ".venv"


def main() -> int:
    """Run one command; a wrong environment is answered with one sentence, not a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpotracker.settings")
    try:
        from kpotracker.commandline import run
    except ImportError as error:
        print(f"{error}: {_way_out()}", file=sys.stderr)
        return 1
    return run(sys.argv)


def _way_out() -> str:
    """What to do where something is not installed for the Python that runs this."""
    is_another = Path(sys.prefix).resolve() != _VENV.resolve()
    if is_another and (_VENV / "bin" / "python").exists():
        return "type `.venv/bin/python manage.py …`, the Python that has what is needed."
    return "run `make demo` once, or install requirements.txt."


if __name__ == "__main__":
    sys.exit(main())
