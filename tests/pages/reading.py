import re


def text_of(answer) -> str:
    """What a reader sees: the page without its markup and charts, spaces folded."""
    assert answer.status_code == 200
    without_head = re.sub(r"(?s)<(head|svg)\b.*?</\1>", " ", answer.content.decode())
    return " ".join(re.sub(r"(?s)<[^>]+>", " ", without_head).split())
