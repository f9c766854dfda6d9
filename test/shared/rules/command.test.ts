import { describe, expect, it } from 'vitest';
import { commandRule, commandWords, execWords, mentions } from '../../../shared/rules/command.ts';

const exec = (text: string) => execWords(commandWords(text));

describe('a command', () => {
  it.each([
    ['python worker.py --queue mail', '"python" "worker.py" "--queue" "mail"'],
    ['gunicorn app:app --bind 127.0.0.1:$PORT', '"gunicorn" "app:app" "--bind" "127.0.0.1:${PORT}"'],
    ['serve --at ${PORT}x', '"serve" "--at" "${PORT}x"'],
    [`sh -c "echo \\"a b\\" > '/tmp/x'"`, '"sh" "-c" "echo \\"a b\\" > \'/tmp/x\'"'],
    ["say '$HOME %n' 100%", '"say" "$$HOME %%n" "100%%"'],
    ['say \\$HOME "\\$PORT" a\\ b', '"say" "$$HOME" "$$PORT" "a b"'],
    ['say $1 c$', '"say" "$$1" "c$$"'],
    ['say ""', '"say" ""'],
  ])('%s is run as %s', (text, line) => {
    expect(commandRule(text)).toBeNull();
    expect(exec(text)).toBe(line);
  });

  it.each([
    ['', 'the command is empty'],
    ['gunicorn app | tee x', 'contains "|", which needs a shell'],
    ['a && b', 'contains "&", which needs a shell'],
    ['a $(id)', 'contains "(", which needs a shell'],
    ['a "`id`"', 'contains "`", which needs a shell'],
    ['a\nb', 'contains a line break'],
    ['say "x', 'a " is not closed'],
    ['A=1 python x.py', 'begins with A='],
    ['-x', 'must begin with a program'],
    ['a\u0000', 'control character'],
  ])('%j is refused: %s', (text, says) => expect(commandRule(text)).toContain(says));

  it('mentions a variable by its whole name, where it is not meant literally', () => {
    expect(['$PORT', 'x:${PORT}', '$PORT/x'].map((text) => mentions(commandWords(`a ${text}`), 'PORT'))).toEqual([true, true, true]);
    expect(["'$PORT'", '$PORTS', 'PORT', '\\$PORT'].map((text) => mentions(commandWords(`a ${text}`), 'PORT'))).toEqual([false, false, false, false]);
  });
});
