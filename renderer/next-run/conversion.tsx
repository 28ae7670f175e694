import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type CommandOutput, PanelError } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { core, usePanelState } from '../store.ts';

/** What a GGUF file becomes, and the button that converts it. `onDone` gets the new model's folder. */
export function Conversion({ file, onDone }: { file: string; onDone: (path: string) => void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const converting = usePanelState((state) => state.models.converting);
  const convert = useCommand('models.convert');
  const cancel = useCommand('models.cancelConversion');
  const about = useAbout(file);
  const failure = convert.error ?? cancel.error ?? (about instanceof PanelError ? about : null);
  const found = about instanceof PanelError ? null : about;
  const start = async () => {
    const made = await convert.run({ path: file });
    if (made) onDone(made.path);
  };
  return (
    <section aria-label={t('run.conversion')}>
      {found && <div className={found.convertible ? 'dim small' : 'error small'}>{sentence(found.sentence)}</div>}
      {failure && <div className="error small">{sentence(failure.sentence)}</div>}
      <div className="row">
        <span className="grow" />
        {converting !== null && (
          <Button size="compact-xs" variant="default" loading={cancel.busy} onClick={() => cancel.run({})}>
            {t('run.cancelConversion')}
          </Button>
        )}
        {found?.convertible && (
          <Button size="compact-xs" loading={converting === file} disabled={converting !== null} onClick={start}>
            {t('run.convert')}
          </Button>
        )}
      </div>
    </section>
  );
}

/** The answer for this file, or why there is none; null until it arrives. */
function useAbout(file: string): CommandOutput<'models.about'> | PanelError | null {
  const [answer, setAnswer] = useState<CommandOutput<'models.about'> | PanelError | null>(null);
  useEffect(() => {
    let obsolete = false;
    core.call('models.about', { path: file }).then(
      (found) => obsolete || setAnswer(found),
      (failure) => obsolete || setAnswer(PanelError.from(failure)),
    );
    return () => {
      obsolete = true;
    };
  }, [file]);
  return answer;
}
