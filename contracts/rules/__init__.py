"""Rules of contract dates: pure, without a clock, a database or a framework."""
