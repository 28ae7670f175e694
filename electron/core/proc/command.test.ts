import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commandOf } from './command.ts';

const shown = (...args: string[]) => commandOf({ args });

it('is one truncated line', () => {
  expect(shown('python', '-m', 'vllm', '--max-tokens', '512', '--tokenizer=x')).toBe(
    'python -m vllm --max-tokens 512 --tokenizer=x',
  );
  expect(shown('a', 'b'.repeat(600))?.length).toBe(512);
  expect(shown()).toBeNull();
});

it.each([
  [['vllm', '--api-key', 'sk-123', '--port', '1'], 'vllm --api-key *** --port 1'],
  [['vllm', '--api-key=sk-123'], 'vllm --api-key=***'],
  [['x', '--hf_token', 'hf_1', '--password=a', '-secret', 'b'], 'x --hf_token *** --password=*** -secret ***'],
  [['sh', '-c', 'HF_TOKEN=hf_1 python run.py'], 'sh -c HF_TOKEN=*** python run.py'],
  [['token', 'of', 'nothing'], 'token of nothing'],
])('hides what is secret: %j', (args, line) => {
  expect(commandOf({ args })).toBe(line);
});

it('never shows the value of a secret, wherever it is', () => {
  const word = fc.stringMatching(/^[a-z.-]{0,12}$/);
  const name = fc.constantFrom('--token', '--api_key', '--client-secret', 'DB_PASSWORD');
  fc.assert(
    fc.property(fc.array(word), name, fc.array(word), (before, key, behind) => {
      const line = shown(...before, `${key}=Z9Z9`, ...behind) ?? '';
      expect(line).not.toContain('Z9Z9');
      expect(line.length).toBeLessThanOrEqual(512);
    }),
  );
});
