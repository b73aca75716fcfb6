"""The demonstration: two invented years of seven feeds' trouble, loaded the way real ones are.

``generate`` writes the files (the same bytes every time), ``manifest`` says who delivered which
of them when, ``run`` plays that story through the services. docs/examples.md tells the story.
"""
