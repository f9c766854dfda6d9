import type { TestHost } from '../../hosts/host.ts';

/**
 * What must be so of an app when nobody changes it, whatever happened before. Asks the host itself, not the kit.
 * Prints a line for each thing that is wrong.
 */
const script = String.raw`
import glob, json, os, re, subprocess, sys

app = sys.argv[1]
home, state = "/srv/forgeboard/" + app, "/var/lib/forgeboard"


def wrong(text):
    print(text)


def target(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


live = target(home + "/live")
slot = live.rsplit("/", 1)[-1]
if live not in ("/run/forgeboard/%s/a" % app, "/run/forgeboard/%s/b" % app):
    wrong("live names " + repr(live))
units = {}
for line in subprocess.run(["systemctl", "list-units", "--all", "--no-legend", "--plain", "forgeboard-%s.*" % app, "forgeboard-build-%s.service" % app], capture_output=True, text=True).stdout.splitlines():
    words = line.split()
    units[words[0]] = words[2]
up = sorted(unit for unit, how in units.items() if how not in ("inactive",) and ".boot." not in unit)
if up != ["forgeboard-%s.web@%s.service" % (app, slot)] or units[up[0]] != "active":
    wrong("units: " + repr(units))
here = "%s/slots/%s/" % (home, slot)
number = target(here + "release").rsplit("/", 1)[-1]
entries = sorted(os.listdir(home + "/releases"))
sealed = sorted(name[:-5] for name in entries if re.fullmatch(r"\d+\.json", name))
if sorted(entries) != sorted(sealed + [name + ".json" for name in sealed]):
    wrong("releases: " + " ".join(entries))
if number not in sealed:
    wrong("live release %r is not sealed: %s" % (number, sealed))
for name in sealed:
    manifest = json.load(open("%s/releases/%s.json" % (home, name)))
    for path, key, size in manifest["list"]:
        found = "%s/releases/%s/%s" % (home, name, path)
        if not os.path.isfile(found) or os.stat(found).st_size != size:
            wrong("release %s lacks %s" % (name, path))
    if not glob.glob("%s/venvs/%s/bin/python" % (home, manifest["venv"])):
        wrong("release %s lacks its packages" % name)
used = {target(home + "/slots/%s/venv" % one).rsplit("/", 1)[-1] for one in "ab"} - {""}
for name in os.listdir(home + "/venvs"):
    marks = [mark for mark in os.listdir("%s/venvs/%s" % (home, name)) if mark == ".complete"]
    if not marks and name in used:
        wrong("a slot uses the half-made packages " + name)
versions = sorted(int(name) for name in (os.listdir("/etc/forgeboard/apps/%s/vars" % app) if os.path.isdir("/etc/forgeboard/apps/%s/vars" % app) else []) if name.isdigit())
mine = target(here + "vars").rsplit("/", 1)[-1]
if (mine or "0") != str(versions[-1] if versions else 0):
    wrong("the live slot runs variables %r, the newest are %s" % (mine, versions))
for path in glob.glob(home + "/*.new") + glob.glob(home + "/slots/*/*.new") + glob.glob(state + "/journal/%s/*.undo" % app) + glob.glob("/run/forgeboard/%s/%s/app.sock" % (app, "b" if slot == "a" else "a")):
    wrong("left over: " + path)
applied = json.load(open(state + "/apps/%s.json" % app))
for path, text in applied["files"].items():
    if open(path).read() != text:
        wrong(path + " is not what was applied")
if not os.path.lexists("/etc/systemd/system/multi-user.target.wants/forgeboard-%s.boot.service" % app):
    wrong("it would not start at boot")
last = max(int(os.path.basename(name)[:-6]) for name in glob.glob(state + "/journal/%s/*.jsonl" % app))
lines = [line for line in open(state + "/journal/%s/%d.jsonl" % (app, last), errors="replace").read().split("\n") if line]
known, torn = [], 0
for line in lines:
    try:
        known.append(json.loads(line))
    except ValueError:
        torn += 1
ends = [line for line in known if line["type"] == "end"]
if torn > 1 or known[0]["type"] != "start" or known[-1]["type"] != "closed" or len(ends) != 1:
    wrong("journal %d: %d torn, %s" % (last, torn, " ".join(line["type"] for line in known if line["type"] != "output")))
for end in ends:
    back = [line for line in known if line["type"] == "switched-back"]
    said = back[-1] if back else end
    if str(said["release"]) != number or said["slot"] != slot:
        wrong("journal %d says %s of %s in %s, but %s runs in %s" % (last, end["outcome"], said["release"], said["slot"], number, slot))
    if end["outcome"] not in ("live", "interrupted", "unchanged", "cancelled", "failed"):
        wrong("journal %d ended as %s" % (last, end["outcome"]))
`;

/** What is wrong with an app at rest: [] where nothing is. */
export async function violations(host: TestHost, app: string): Promise<string[]> {
  const { stdout, stderr, code } = await host.run(['python3', '-', app], { input: script, check: false });
  return [...stdout.split('\n').filter(Boolean), ...(code === 0 ? [] : [stderr.trim().slice(-500)])];
}
