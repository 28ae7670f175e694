import type { z } from 'zod';
import { PanelError } from './errors.ts';
import type { Sentence } from './sentence.ts';
import { inputTexts, say } from './sentences.ts';

type InputName = keyof typeof inputTexts;
const byText = new Map(
  Object.entries(inputTexts).map(([name, text]): [string, InputName] => [text, name as InputName]),
);

/** The sentence of one zod issue: the contract's own where it has one, else that the value of this field is not valid. */
export function problemOf(issue: z.core.$ZodIssue | undefined): Sentence {
  const name = issue && byText.get(issue.message);
  if (name) return say(name);
  const field = issue?.path.join('.');
  return field ? say('invalidValue', { field }) : say('invalidMessage');
}

/** The error of an input that a schema rejects: one sentence for all of its issues, zod's own words in the details. */
export function invalidInput({ issues }: z.ZodError): PanelError {
  const [first, ...others] = issues.map(problemOf);
  const sentence =
    others.length > 0 ? say('invalidValues', { problems: issues.map(problemOf) }) : (first ?? say('invalidMessage'));
  return new PanelError('invalid_input', sentence, { issues });
}
