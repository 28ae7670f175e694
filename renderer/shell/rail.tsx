import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { roomOf, rooms } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { useUnread } from '../unread/index.ts';
import './rail.css';

/** The badge is as wide as two digits. */
const MOST = 99;

/** The rooms. Below 1100 px it is at the bottom of the window. */
export function Rail() {
  const { t } = useTranslation();
  const [path] = useLocation();
  const current = roomOf(path);
  const unread = useUnread();
  const failed = usePanelState(({ checks }) => checks.list.filter(({ state }) => state === 'failed').length);
  return (
    <nav className="rail" aria-label={t('frame.rooms')}>
      {rooms.map(({ name, path: to, icon: Icon }) => (
        <Link key={name} href={to} aria-current={name === current ? 'page' : undefined}>
          <Icon size={18} stroke={1.7} aria-hidden />
          {t(`frame.room.${name}`)}
          {name === 'inbox' && unread > 0 && (
            <span className="badge">
              <span aria-hidden>{unread > MOST ? `${MOST}+` : unread}</span>
              <span className="visually-hidden"> {t('inbox.unread', { count: unread })}</span>
            </span>
          )}
          {name === 'settings' && failed > 0 && (
            <span className="badge">
              {failed}
              <span className="visually-hidden"> {t('checks.failed', { count: failed })}</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}
