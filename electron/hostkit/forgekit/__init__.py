"""ForgeBoard's kit: what the desktop app runs on a host. Standard library only, Python 3.9 and newer, nothing resident."""

# The same as in package.json (a test compares them): tells an older kit from a newer one.
VERSION = "0.1.0"
# The form of what lies on a host (paths.FORMAT_FILE). A change of it needs a migration tested from the previous one.
FORMAT = 1
