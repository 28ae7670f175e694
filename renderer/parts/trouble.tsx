import { type Icon, IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import './trouble.css';

/** What is wrong, why, and the way out: a GPU's state, or that there are no figures at all. */
export function Trouble(props: {
  title: string;
  cause: string;
  remedy: string;
  icon?: Icon;
  calm?: boolean;
  children?: ReactNode;
}) {
  const { title, cause, remedy, icon: Sign = IconAlertTriangle, calm = false, children } = props;
  return (
    <div className={calm ? 'trouble calm' : 'trouble'}>
      <Sign size={18} aria-hidden />
      <div>
        <strong>{title}</strong>
        <p className="dim">{cause}</p>
        <p>{remedy}</p>
        {children}
      </div>
    </div>
  );
}
