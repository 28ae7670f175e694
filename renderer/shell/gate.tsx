import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LinkStatus } from '../transport/index.ts';

/** Stands before the panel until the core answers. A link without a token keeps its place while the token is entered. */
export function Gate({ reason }: { reason: Exclude<LinkStatus, 'open'> }) {
  const { t } = useTranslation();
  const asks = reason === 'noToken' || reason === 'wrongToken';
  return (
    <main className="gate">
      <h1>Headroom</h1>
      <p>{t(`gate.${reason}`)}</p>
      {asks && <TokenForm />}
    </main>
  );
}

function TokenForm() {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const token = tokenOf(text);
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (token) window.location.assign(addressWith(token, window.location.href));
      }}
    >
      <PasswordInput
        className="grow"
        size="xs"
        aria-label={t('gate.token')}
        placeholder={t('gate.tokenHint')}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" disabled={token === null}>
        {t('gate.enter')}
      </Button>
    </form>
  );
}

/** Takes the token alone, or the whole address that the terminal shows. */
export function tokenOf(text: string): string | null {
  const token = /(?:[?&]token=)([\w-]+)/.exec(text)?.[1] ?? text.trim();
  return /^[\w-]+$/.test(token) ? token : null;
}

/** The same place, entered with a token. */
export function addressWith(token: string, address: string): string {
  const url = new URL(address);
  url.searchParams.set('token', token);
  return url.href;
}
