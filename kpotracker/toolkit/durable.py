"""Files that outlive a power cut."""

import os
from pathlib import Path


def folders_sync(*folders: Path) -> None:
    """A new name of a file outlives a power cut once its folder is written too."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
