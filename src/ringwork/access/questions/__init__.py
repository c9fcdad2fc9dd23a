"""Questions about an authority: can, who can, compare, public."""
