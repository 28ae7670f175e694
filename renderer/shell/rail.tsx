import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { roomOf, rooms } from '../routes/index.ts';
import './rail.css';

/** The rooms. Below 1100 px it is at the bottom of the window. */
export function Rail() {
  const { t } = useTranslation();
  const [path] = useLocation();
  const current = roomOf(path);
  return (
    <nav className="rail" aria-label={t('frame.rooms')}>
      {rooms.map(({ name, path: to, icon: Icon }) => (
        <Link key={name} href={to} aria-current={name === current ? 'page' : undefined}>
          <Icon size={18} stroke={1.7} aria-hidden />
          {t(`frame.room.${name}`)}
        </Link>
      ))}
    </nav>
  );
}
