import type { ReactNode } from 'react';
import './card.css';

/** A titled section; `actions` go on the right of its title. With an `id`, a link may move the focus to it. */
export function Card(props: {
  title: string;
  id?: string;
  className?: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { title, id, className = '', actions, children } = props;
  return (
    <section className={`card ${className}`} aria-label={title} {...(id === undefined ? {} : { id, tabIndex: -1 })}>
      <header>
        <h2>{title}</h2>
        <span className="grow" />
        {actions}
      </header>
      {children}
    </section>
  );
}
