"""Review packs: gathered as one side may see them, frozen, and typeset."""
