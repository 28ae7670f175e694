import './output-lines.css';

/** A program's verbatim output. */
export function OutputLines({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable box must be reachable by keyboard (axe).
    <pre className="output-lines" tabIndex={0}>
      {text}
    </pre>
  );
}
