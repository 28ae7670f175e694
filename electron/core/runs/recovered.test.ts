import { expect, it } from 'vitest';
import { type PanelState, verbatim } from '#contract';
import type { Hub } from '../state/index.ts';
import { createNotices } from '../state/index.ts';
import { stoppedBackend } from '../supervision/index.ts';
import { followRecovery } from './recovered.ts';

it('announces each recovered results file once, also after it was dismissed', () => {
  let tell: (state: PanelState) => void = () => undefined;
  const hub = { onState: (listener) => (tell = listener) } as Pick<Hub, 'onState'> as Hub;
  let shown: { id: string; sentence: { text: string } }[] = [];
  const notices = createNotices((list) => (shown = list));
  followRecovery(hub, notices);
  const report = (recovered: string | null) => {
    const storage = {
      ...{ state: 'saved' as const, sentence: null, unsaved_items: 0, unsaved_results: 0 },
      when_unsaved: 'pause' as const,
      recovered: recovered === null ? null : verbatim(recovered),
    };
    tell({ backend: { ...stoppedBackend, storage } } as PanelState);
  };
  report(null);
  expect(shown).toEqual([]);
  report('a');
  notices.dismiss(shown[0]?.id ?? '');
  report('a');
  expect(shown).toEqual([]);
  report('b');
  expect(shown.map(({ sentence }) => sentence.text)).toEqual(['b']);
});
