import { IconChevronDown } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import './fold.css';

/** A line that opens into more: `name` says what it is, `children` what it contains now. */
export function Fold(props: { name: string; id: string; opened: boolean; onToggle(): void; children: ReactNode }) {
  const { name, id, opened, onToggle, children } = props;
  return (
    <button
      type="button"
      className="fold"
      aria-expanded={opened}
      aria-controls={opened ? id : undefined}
      onClick={onToggle}
    >
      <span className="visually-hidden">{name}: </span>
      <span className="grow">{children}</span>
      <IconChevronDown size={14} aria-hidden className={opened ? 'opened' : ''} />
    </button>
  );
}
