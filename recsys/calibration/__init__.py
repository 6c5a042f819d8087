"""What a site's own data say of freshness and half-life."""
