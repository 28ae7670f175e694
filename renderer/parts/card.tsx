import type { ReactNode } from 'react';
import './card.css';

/** A titled section; `actions` go on the right of its title. */
export function Card({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span className="grow" />
        {actions}
      </header>
      {children}
    </section>
  );
}
