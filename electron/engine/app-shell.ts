/*
 * What is run in place of a login shell where an app's folder or environment is wanted. Constant, as all commands are: the folder
 * and the wish come as lines of input after the first marker, so no name is ever in a shell's text, and no value at all.
 */

/** Printed when the lines are wanted, and when only the shell is still to start: what is typed before that would be sudo's to lose. */
export const asked = '\u0001forgeboard\u0002';
export const entered = '\u0001entered\u0002';

/**
 * As root; $0 is the app's folder, $1 the wish. bash takes PROMPT_COMMAND from its environment: before each prompt it tells how the
 * last command ended and that a prompt begins (OSC 133), where nothing in its own files says otherwise. The app's variables are
 * read by systemd from the file that only root can read, as for the app itself.
 */
const asRoot = String.raw`export PROMPT_COMMAND='echo -ne "\033]133;D;$?\007\033]133;A\007"'
if [ "$1" = environment ]; then
  app="$(basename "$0")"
  slot="$0/slots/$(basename "$(readlink "$0/live" || echo none)")"
  if [ -d "$slot/release" ]; then
    exec systemd-run --quiet --pty --wait --collect --service-type=exec --description="terminal of $app" \
      -p "User=fb-$app" -p "Group=fb-$app" -p "WorkingDirectory=$slot/release" \
      -E PYTHONUNBUFFERED=1 -E PYTHONDONTWRITEBYTECODE=1 -E "HOME=$0/data" -E "DATA_DIR=$0/data" -E SHELL=/bin/bash \
      -E "VIRTUAL_ENV=$slot/venv" -E "PATH=$slot/venv/bin:/usr/local/bin:/usr/bin:/bin" -E "PROMPT_COMMAND=$PROMPT_COMMAND" \
      -p "EnvironmentFile=-$slot/port" -p "EnvironmentFile=-$slot/vars" \
      /bin/sh -c "printf \"\\001entered\\002\"; exec /bin/bash -i"
  fi
  echo "No release of $app serves, so it has no environment yet."
fi
printf "\001entered\002"
cd "$0" 2>/dev/null || echo "There is no $0 on this server."
[ -d data ] && cd data
[ -n "$SUDO_USER" ] && SHELL=/bin/bash
exec "$SHELL" -l`;

/** As whoever signed in; $0 is the text above. Root's folders are entered by sudo where it needs no password. */
const atFirst = String.raw`stty -echo
printf "\001forgeboard\002"
IFS= read -r folder
IFS= read -r wish
stty echo
[ "$(id -u)" = 0 ] && exec /bin/sh -c "$0" "$folder" "$wish"
sudo -n /bin/sh -c : 2>/dev/null && exec sudo -n /bin/sh -c "$0" "$folder" "$wish"
printf "\001entered\002"
echo "$folder belongs to root, and sudo wants a password here: sudo -i"
exec "$SHELL" -l`;

const quoted = (script: string): string => `'${script.replaceAll("'", `'\\''`)}'`;

export const appShell = `/bin/sh -c ${quoted(atFirst)} ${quoted(asRoot)}`;
