"""What missed promises cost: credit rules become ledger entries, and entries become credit notes."""
