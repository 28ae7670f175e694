import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { paths } from '../routes/index.ts';

/** A room that is opened for the first time is loaded first. */
const ROOM_MS = 5_000;

function focusOnceDrawn(deadline: number): void {
  const form = document.getElementById('run');
  if (form) form.focus();
  else if (performance.now() < deadline) requestAnimationFrame(() => focusOnceDrawn(deadline));
}

/** The first stop of the Tab key: it goes to the run form (id `run`), past the header and the GPUs. */
export function SkipLink() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const skip = () => {
    navigate(paths.overview);
    focusOnceDrawn(performance.now() + ROOM_MS);
  };
  return (
    <a
      className="skip"
      href={`#${paths.overview}`}
      onClick={(event) => {
        event.preventDefault();
        skip();
      }}
    >
      {t('frame.skip')}
    </a>
  );
}
