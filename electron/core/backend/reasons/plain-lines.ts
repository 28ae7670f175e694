/** Colours, cursor moves, titles: everything that begins with an escape character and is whole. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with control characters
const sequences = /(?:\x1b\[|\x9b)[0-9;:<=>?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]/g;
/** What is left of a sequence that was cut, other control characters, and those that turn the direction of a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const invisible = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Terminal output as a person would read it: no escape sequences, and of a line that was redrawn the last state. */
export function plainLines(output: string): string[] {
  return output
    .replace(sequences, '')
    .split('\n')
    .map(lastState)
    .map((line) => line.replace(invisible, '').trimEnd())
    .filter(Boolean);
}

const lastState = (line: string) => line.split('\r').findLast((part) => part.trim() !== '') ?? '';
