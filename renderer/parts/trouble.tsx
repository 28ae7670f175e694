import { IconAlertTriangle, type Icon as IconType } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import './trouble.css';

/** A problem with its cause and remedy. `calm` drops the alarming colour for states that are not errors. */
export function Trouble(props: {
  title: string;
  cause: string;
  remedy: string;
  icon?: IconType;
  calm?: boolean;
  children?: ReactNode;
}) {
  const { title, cause, remedy, icon: Icon = IconAlertTriangle, calm = false, children } = props;
  return (
    <div className={calm ? 'trouble calm' : 'trouble'}>
      <Icon size={18} aria-hidden />
      <div>
        <strong>{title}</strong>
        <p className="dim">{cause}</p>
        <p>{remedy}</p>
        {children}
      </div>
    </div>
  );
}
