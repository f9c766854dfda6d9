#!/bin/sh
# Runs one test host until it is switched off: supervise.sh NAME OUTSIDE INSIDE FOLDER NSPAWN-ARGV...
# A script of its own, and not the process that asked for the host, because a host that reboots must come back
# by itself (nspawn ends with 133 then), also when a demo keeps it running after that process has gone.
set -u
name=$1 outside=$2 inside=$3 folder=$4
shift 4

# cgroup v1: nspawn hands the container the groups it was started in; they are ours, so limits inside them are real.
while read -r group; do
  echo $$ > "$group/cgroup.procs" || exit 1
done < "$folder/cgroups"

while :; do
  # A new network namespace at every boot: connections and firewall rules do not survive a reboot.
  ip link delete "v$name" 2> /dev/null
  ip netns delete "$name" 2> /dev/null
  ip netns add "$name" || exit 1
  ip -batch - <<END || exit 1
link add v$name type veth peer name host0 netns $name
address add $outside/30 dev v$name
link set v$name up
END
  ip -n "$name" -batch - <<END || exit 1
link set lo up
address add $inside/30 dev host0
link set host0 up
END
  # The number is written before exec, so it is that of nspawn itself.
  sh -c 'echo $$ > "$1/nspawn.new" && mv "$1/nspawn.new" "$1/nspawn" && shift && exec "$@"' sh "$folder" "$@"
  code=$?
  [ $code -eq 133 ] || exit $code
done
