"""Finding a feed by its code."""

from difflib import get_close_matches

from metrics.feeds.intake import FeedError
from metrics.models import Feed


def feed_by_code(code: str) -> Feed:
    """Raises FeedError, naming the nearest code, if there is no such feed."""
    feed = Feed.objects.filter(code=code).first()
    if feed:
        return feed
    codes = list(Feed.objects.values_list("code", flat=True))
    near = get_close_matches(code, codes, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "declare it in the portfolio and apply that"
    raise FeedError(f"there is no feed '{code}': {hint}")
