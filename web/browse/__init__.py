"""Browsing what there is: agendas and feeds, what a place or an industry can have, what is alike."""
