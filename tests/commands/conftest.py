from tests.feeds.conftest import in_parts

__all__ = ["in_parts"]
