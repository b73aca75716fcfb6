from tests.evaluation.conftest import in_process, sound

__all__ = ["in_process", "sound"]
