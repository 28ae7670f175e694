import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { paths } from '../routes/index.ts';

/** The first stop of the Tab key: it goes to the run form (id `run`), past the header and the GPUs. */
export function SkipLink() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const skip = () => {
    navigate(paths.overview);
    // The room is drawn first.
    requestAnimationFrame(() => document.getElementById('run')?.focus());
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
