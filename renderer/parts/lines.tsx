/** What a program said, word for word. Long output scrolls, so the keyboard must reach it. */
export function Lines({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: axe asks for it, a box that scrolls must take the focus.
    <pre className="lines" tabIndex={0}>
      {text}
    </pre>
  );
}
