import { expect, it } from 'vitest';
import { needleParametersSchema } from '#contract';
import { defaultOptions, newTokens, optionParameters } from './ceval/ceval-options.tsx';
import { noThinking, thinkingParameters, thinkingTokens } from './thinking-fields.tsx';

it('asks for thinking only where it is on, and plans its tokens', () => {
  expect(thinkingParameters(noThinking)).toEqual({});
  expect(thinkingTokens(noThinking)).toBe(0);
  const on = { enabled: true, budget: 300 };
  expect(needleParametersSchema.parse(thinkingParameters(on))).toEqual({ enable_thinking: true, thinking_budget: 300 });
  expect(thinkingTokens(on)).toBe(300);
});

it('is asked of C-Eval only where an answer is generated after a chat template', () => {
  const options = { ...defaultOptions, chat: true, thinking: { enabled: true, budget: 300 } };
  expect(optionParameters(options)).not.toHaveProperty('enable_thinking');
  expect(newTokens(options)).toBe(0);
  const generated = { ...options, scoring: 'generation' as const, answer: 50 };
  expect(optionParameters(generated)).toMatchObject({
    enable_thinking: true,
    thinking_budget: 300,
    max_new_tokens: 50,
  });
  expect(newTokens(generated)).toBe(350);
  expect(newTokens({ ...generated, chat: false })).toBe(50);
});
