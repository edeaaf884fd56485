"""What people and portals see: pages, the console, the API and the command line."""
