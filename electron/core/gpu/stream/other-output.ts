const MOST_CHARS = 4_000;

/** Whether a line that is not a row may be a part of one. */
const resemblesRow = (line: string) => /^\d{1,3}(, |,?$)/.test(line);

/** Keeps the lines that are not rows, for a fault. Bounded. */
export function createOtherOutput() {
  /** Since the last row. */
  let since = '';
  /** Between the rows before it. */
  let earlier = '';
  /** The last line that resembles a row: quoted only where no line is one. */
  let torn = '';
  let anyRow = false;
  return {
    line(text: string) {
      if (resemblesRow(text)) torn = text.slice(0, MOST_CHARS);
      // A warning that each sample repeats is quoted once.
      else if (text !== '' && !`\n${since}`.includes(`\n${text}\n`)) since = `${since}${text}\n`.slice(-MOST_CHARS);
    },
    row() {
      anyRow = true;
      if (since !== '') [earlier, since] = [since, ''];
    },
    /** `rest`: an incomplete line. `before`: also what came before the last row, where nothing came after it. */
    text(rest: string, before: boolean): string {
      const after = (since + (resemblesRow(rest) ? '' : rest)).slice(-MOST_CHARS).trim();
      return after || (before && earlier.trim()) || (anyRow ? '' : torn);
    },
    held: () => since.length + earlier.length + torn.length,
  };
}
