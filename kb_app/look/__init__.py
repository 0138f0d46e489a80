"""How the site looks: names, colours, blocks, own styles – checked when saved and when read."""
