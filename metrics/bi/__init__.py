"""What BI tools read: a star of flat collections, declared once for JSON, files, OData and SQL."""
