import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorToast } from '../parts/index.ts';
import { useOpening } from './use-opening.ts';
import './replay.css';

/** Opens a file that is dropped anywhere on the page as a recording. */
export function DropZone() {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const { open, busy, error } = useOpening();
  useErrorToast(error);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    // Without a related target the pointer leaves the window, not just one element for another.
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) void open(file.name, () => file);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragover', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragover', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [open]);
  if (!over && busy === null) return null;
  return (
    <div className="drop-zone">{busy === null ? t('recording.drop') : t('recording.opening', { name: busy })}</div>
  );
}
