/** Complete escape sequences: colours, cursor moves, titles. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with control characters
const sequences = /(?:\x1b\[|\x9b)[0-9;:<=>?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]/g;
/** The rest of a truncated sequence, other control characters, and those that change the text direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
const invisible = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Terminal output as plain text: no escape sequences, and only the last state of a redrawn line. */
export function plainLines(output: string): string[] {
  return output
    .replace(sequences, '')
    .split('\n')
    .map(lastState)
    .map((line) => line.replace(invisible, '').trimEnd())
    .filter(Boolean);
}

const lastState = (line: string) => line.split('\r').findLast((part) => part.trim() !== '') ?? '';
