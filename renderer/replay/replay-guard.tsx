import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { closeReplay, useReplayed } from './replay.ts';

/** Catches rendering errors that a recording from elsewhere causes, so that closing it restores the page. */
export function ReplayGuard({ children }: { children: ReactNode }) {
  const name = useReplayed(({ replay }) => replay?.name ?? null);
  // The key resets the error when another recording is opened.
  return name === null ? children : <Guard key={name}>{children}</Guard>;
}

class Guard extends Component<{ children: ReactNode }, { problem: string | null }> {
  override state = { problem: null };

  static getDerivedStateFromError(error: unknown) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { problem } = this.state;
    return problem === null ? this.props.children : <Problem message={problem} />;
  }
}

function Problem({ message }: { message: string }) {
  const { t } = useTranslation();
  return (
    <main className="gate">
      <p className="error">{t('replay.cannotShow', { message })}</p>
      <Button variant="default" onClick={closeReplay}>
        {t('replay.close')}
      </Button>
    </main>
  );
}
