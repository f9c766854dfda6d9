import './Diff.css';

/** A unified diff, line by line. */
export function Diff({ text }: { text: string }) {
  const lines = text.replace(/\n$/, '').split('\n');
  return (
    <div className="well diff">
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text never move
        <div key={at} className={line.startsWith('+') ? 'added' : line.startsWith('-') ? 'gone' : line.startsWith('@@') ? 'dim' : undefined}>
          {line}
        </div>
      ))}
    </div>
  );
}
