import { z } from 'zod';
import { type Sentence, sentenceSchema } from './sentence.ts';
import { say } from './sentences.ts';

/** Every way that a command can fail. The renderer has a heading for each; the sentence says what to do. */
const errorCodes = [
  'invalid_input',
  'unknown_command',
  'busy',
  'not_ready',
  'not_found',
  'refused',
  'backend_error',
  'unsupported',
  'internal',
] as const;

export const errorSchema = z.object({
  code: z.enum(errorCodes),
  /** One sentence that a person can act on. */
  sentence: sentenceSchema,
  /** For the log and for "details": never needed to understand the sentence. */
  details: z.record(z.string(), z.unknown()).optional(),
});

type ErrorCode = (typeof errorCodes)[number];
type ErrorShape = z.infer<typeof errorSchema>;

/** The error class that crosses a boundary; rebuilt from its shape on the other side. */
export class PanelError extends Error {
  override readonly name = 'PanelError';
  readonly code: ErrorCode;
  readonly sentence: Sentence;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, sentence: Sentence, details?: Record<string, unknown>) {
    super(sentence.text);
    this.code = code;
    this.sentence = sentence;
    this.details = details;
  }

  static from(error: unknown): PanelError {
    if (error instanceof PanelError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new PanelError('internal', say('internal', { reason }));
  }

  toShape(): ErrorShape {
    return { code: this.code, sentence: this.sentence, details: this.details };
  }
}
