import { describe, expect, it } from 'vitest';
import { type Notice, verbatim } from '#contract';
import { createNotices, invalidOverrides } from './notices.ts';

describe('notices', () => {
  it('are added once, and stay until they are dismissed', () => {
    let shown: Notice[] = [];
    const notices = createNotices((list) => {
      shown = list;
    });
    const notice = { level: 'info', code: 'pipes', sentence: verbatim('On pipes.') } as const;
    notices.add(notice);
    notices.add(notice);
    notices.add(null);
    notices.add({ ...notice, sentence: verbatim('Another.') });
    expect(shown.map((notice) => notice.sentence.text)).toEqual(['On pipes.', 'Another.']);
    notices.dismiss(shown[0]?.id ?? '');
    expect(shown.map((notice) => notice.sentence.text)).toEqual(['Another.']);
    notices.add({ ...notice, code: 'not_saved' });
    notices.withdraw('not_saved');
    expect(shown.map((notice) => notice.sentence.text)).toEqual(['Another.']);
  });
});

describe('variables of the panel’s own environment', () => {
  it('that the backend would refuse become notices with a remedy', () => {
    const notices = invalidOverrides({
      LBS_GPU_MEMORY_LIMIT: '80',
      LBS_TORCH_DTYPE: 'float16',
      LBS_USE_MODEL_CACHE: 'yes',
    });
    expect(notices.map((one) => [one.level, one.code])).toEqual([
      ['error', 'invalid_override'],
      ['error', 'invalid_override'],
    ]);
    expect(notices[0]?.sentence.text).toMatch(/^LBS_GPU_MEMORY_LIMIT=80 .*0\.8 means 80 %.* Unset or correct it/);
  });
});
