import type { z } from 'zod';

/** What a person reads when an input is refused: the contract's own sentences, zod's general ones with the field's name. */
export function sentence(error: z.ZodError): string {
  return error.issues.map(oneSentence).join(' ');
}

function oneSentence(issue: z.core.$ZodIssue): string {
  const general = /^(Invalid|Unrecognized|Too (small|big))/.test(issue.message);
  const field = issue.path.join('.');
  return general && field ? `${field}: ${issue.message}.` : issue.message;
}
