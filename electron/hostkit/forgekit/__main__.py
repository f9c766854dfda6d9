"""Entry of the installed kit: `python3 -IB kit-<hash>.pyz serve`. It stands in the archive's root, beside forgekit/."""

import os
import sys

archive = sys.path[0]
compiled = f"{archive[: -len('.pyz')]}.{sys.implementation.cache_tag}.zip"  # see kit.py
if os.path.exists(compiled):
    sys.path.insert(0, compiled)

from forgekit.serve import main  # noqa: E402

if __name__ == "__main__":
    if sys.argv[1:] != ["serve"]:
        sys.exit("usage: kit serve (it answers framed JSON on stdin and stdout)")
    sys.exit(main(path=archive))
