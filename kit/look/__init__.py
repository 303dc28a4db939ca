"""What the pages are made of: icons, fields, faces, the style guide that shows them. Knows no domain."""
