import { useTranslation } from 'react-i18next';
import { Fold } from '../parts/index.ts';
import { usePlace } from '../routes/index.ts';
import { DatasetRow, FoundText } from './dataset-row.tsx';
import { useFolders } from './datasets.tsx';

const ID = 'dataset-folder';

/** The folder of one dataset on one line, with what was found in it; it opens into the choice of another one. */
export function OneDataset({ name, onChanged }: { name: string; onChanged(): void }) {
  const { t } = useTranslation();
  const { folders, setFolders } = useFolders();
  const [opened, setOpened] = usePlace('dataset');
  const dataset = folders?.find((one) => one.name === name);
  if (!dataset) return null;
  // Without a folder there is nothing to run: it is asked for at once.
  const isOpen = opened !== null || dataset.found === null;
  return (
    <>
      <Fold
        name={t('datasets.folderOf', { name })}
        id={ID}
        opened={isOpen}
        onToggle={() => setOpened(opened === null ? '1' : null)}
      >
        {dataset.found ? <FoundText found={dataset.found} /> : t('datasets.notSet')}
      </Fold>
      {isOpen && (
        <div id={ID}>
          <DatasetRow
            dataset={dataset}
            onChanged={(next) => {
              setFolders(next);
              onChanged();
            }}
          />
        </div>
      )}
    </>
  );
}
