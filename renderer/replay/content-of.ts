import { readPackedLines, readRecording } from '#contract';
import { createRedactions } from '../parts/index.ts';

/** Escape sequences, which a text without a terminal cannot show. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\u001b(?:\[[\d;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|.)|[\u0000-\u0008\u000b-\u001f]/g;

/** What a recording holds that a person wants to check: where something was removed, and the log. Throws PanelError. */
export async function contentOf(file: Blob) {
  const redactions = createRedactions();
  await readPackedLines(file.stream(), redactions.add);
  const { log } = await readRecording(file);
  return {
    redactions: redactions.result(),
    content: log
      .map(({ value }) => value)
      .join('')
      .replaceAll('\r\n', '\n')
      .replaceAll(ESCAPES, ''),
  };
}
