import { useSentence } from '../i18n/index.ts';
import { useCommand, WhenDialog } from '../parts/index.ts';
import { useLive } from '../store.ts';

/** Asks when Headroom should close: the window was asked to close while a run is in progress. */
export function ClosingQuestion() {
  const sentence = useSentence();
  const opened = useLive(({ state }) => state?.closing ?? false);
  const close = useCommand('app.close');
  const keepOpen = useCommand('app.keepOpen');
  return (
    <WhenDialog
      action="close"
      opened={opened}
      error={close.error && sentence(close.error.sentence)}
      onChoose={(when) => void close.run({ when })}
      onClose={() => void keepOpen.run({})}
    />
  );
}
