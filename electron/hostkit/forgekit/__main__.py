"""Entry of the installed kit: `python3 -I kit-<hash>.pyz serve`. It stands in the archive's root, beside forgekit/."""

import sys

from forgekit.serve import main

if __name__ == "__main__":
    if sys.argv[1:] != ["serve"]:
        sys.exit("usage: kit serve (it answers framed JSON on stdin and stdout)")
    sys.exit(main())
