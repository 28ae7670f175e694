import { expect, it } from 'vitest';
import { needleParametersSchema } from '#contract';
import { noThinking, thinkingParameters, thinkingTokens } from './thinking-fields.tsx';

it('asks for thinking only where it is on, and plans its tokens', () => {
  expect(thinkingParameters(noThinking)).toEqual({});
  expect(thinkingTokens(noThinking)).toBe(0);
  const on = { enabled: true, budget: 300 };
  expect(needleParametersSchema.parse(thinkingParameters(on))).toEqual({ enable_thinking: true, thinking_budget: 300 });
  expect(thinkingTokens(on)).toBe(300);
});
