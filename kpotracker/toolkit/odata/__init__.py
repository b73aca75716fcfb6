"""OData v4, read only, over flat collections: options, filters, metadata, pages and errors."""
