"""What people do with service level failures: moves, comments, relief, plans and incidents."""
