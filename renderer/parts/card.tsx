import type { ReactNode } from 'react';

/** A card has one title and one job. */
export function Card({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <header>
        <h2>{title}</h2>
        <span className="grow" />
        {aside}
      </header>
      {children}
    </section>
  );
}
