"""Flat collections for programs: columns declared once, and from them JSON, files, OpenAPI and SQL."""
