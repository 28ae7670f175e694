// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what an escape sequence is made of
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\|$)|[PX^_][^\x1b]*(?:\x1b\\|$)|[ -/]*[0-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the other control characters, save tab
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** One terminal line as a person would read it: without escape sequences, and with what was drawn over left out. */
export function plainLine(line: string): string {
  const bare = line.replaceAll(ESCAPES, '').replace(/\r+$/, '');
  return bare.slice(bare.lastIndexOf('\r') + 1).replaceAll(CONTROLS, '');
}

/** A line that never ends is cut here, so that it cannot grow memory. */
const LONGEST_LINE = 16_384;

/** Cuts a terminal's output into plain lines. */
export function createLineCutter(onLine: (line: string) => void) {
  let rest = '';
  return {
    push(text: string) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(plainLine(line));
      if (rest.length > LONGEST_LINE) {
        onLine(plainLine(rest));
        rest = '';
      }
    },
    /** What came after the last line's end. */
    flush() {
      if (plainLine(rest) !== '') onLine(plainLine(rest));
      rest = '';
    },
  };
}
