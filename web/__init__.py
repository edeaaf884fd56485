"""What people and portals see: pages and the command line."""
