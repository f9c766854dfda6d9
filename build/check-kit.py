"""Compiles every module of the kit without writing anything, and names imports that are not its own or the standard library's."""

import ast
import pathlib
import sys

folder = pathlib.Path(__file__).resolve().parent.parent / "electron" / "hostkit" / "forgekit"
own = {path.stem for path in folder.glob("**/*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
faults = []
for path in sorted(folder.glob("**/*.py")):
    try:
        tree = ast.parse(path.read_text(), str(path), feature_version=(3, 9))
    except SyntaxError as error:
        faults.append(f"{path.name}:{error.lineno}: {error.msg}")
        continue
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module] if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module else []
        for name in names:
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names and top != "forgekit" and top not in own:
                faults.append(f"{path.name}:{node.lineno}: {name} is not in Python's standard library")
print("\n".join(faults))
sys.exit(1 if faults else 0)
