import { Button, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Sentence } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { bytesOf } from './size.ts';

/** Asks how much GPU memory must be free before a run begins. */
export function WaitForm(props: {
  first: string;
  yes: string;
  busy: boolean;
  error: Sentence | null;
  onBytes(bytes: number): void;
  children?: ReactNode;
}) {
  const { first, yes, busy, error, onBytes, children } = props;
  const { t } = useTranslation();
  const sentence = useSentence();
  const [text, setText] = useState(first);
  const bytes = bytesOf(text);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (bytes !== null) onBytes(bytes);
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextInput
        size="xs"
        data-autofocus
        label={t('queue.wait.size')}
        description={t('queue.wait.hint')}
        value={text}
        error={bytes === null ? t('queue.wait.invalid') : null}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error && <div className="error small">{sentence(error)}</div>}
      <div className="row">
        <span className="grow" />
        {children}
        <Button size="xs" type="submit" loading={busy} disabled={bytes === null}>
          {yes}
        </Button>
      </div>
    </form>
  );
}
