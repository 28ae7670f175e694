import { describe, expect, it } from 'vitest';
import type { Notice } from '#contract';
import { createNotices, invalidOverrides } from './notices.ts';

describe('notices', () => {
  it('are told once, and stay until they are dismissed', () => {
    let shown: Notice[] = [];
    const notices = createNotices((list) => {
      shown = list;
    });
    const news = { level: 'info', code: 'pipes', message: 'On pipes.' } as const;
    notices.add(news);
    notices.add(news);
    notices.add(null);
    notices.add({ ...news, message: 'Another.' });
    expect(shown.map((notice) => notice.message)).toEqual(['On pipes.', 'Another.']);
    notices.dismiss(shown[0]?.id ?? '');
    expect(shown.map((notice) => notice.message)).toEqual(['Another.']);
  });
});

describe('variables of the panel’s own environment', () => {
  it('that the backend would refuse are told with the way out', () => {
    const news = invalidOverrides({
      LBS_GPU_MEMORY_LIMIT: '80',
      LBS_TORCH_DTYPE: 'float16',
      LBS_USE_MODEL_CACHE: 'yes',
    });
    expect(news.map((one) => [one.level, one.code])).toEqual([
      ['error', 'invalid_override'],
      ['error', 'invalid_override'],
    ]);
    expect(news[0]?.message).toMatch(/^LBS_GPU_MEMORY_LIMIT=80 .*0\.8 means 80 %.* Unset it/);
  });
});
