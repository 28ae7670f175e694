import { Button, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type NeedleParameters, needleTasks } from '#contract';
import { numbersIn } from '../live/numbers.ts';
import { Card } from '../parts/card.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePanelState } from '../store.ts';
import { RunPlan } from './run-plan.tsx';

const DATASET = 'NeedleInAHaystack';

export function NextRun() {
  const { t } = useTranslation();
  const models = usePanelState((state) => state.models.found);
  const ready = usePanelState((state) => state.backend.phase === 'ready');
  const [chosen, setChosen] = useState<string | null>(null);
  const [lengths, setLengths] = useState('512, 1024, 2048');
  const [depths, setDepths] = useState('0, 25, 50, 75, 100');
  const [task, setTask] = useState('single_needle_retrieval');
  const [needles, setNeedles] = useState(1);
  const [language, setLanguage] = useState<'English' | 'Chinese'>('English');
  const [haystack, setHaystack] = useState('');
  const submit = useCommand('runs.submit');

  const model = models.find(({ path }) => path === chosen) ?? models[0];
  const read = { lengths: numbersIn(lengths), depths: numbersIn(depths) };
  const valid = model && read.lengths && read.depths;
  const run = (contexts = read.lengths) => {
    if (!valid || !contexts || !read.depths) return;
    const parameters: NeedleParameters = {
      context_lengths: contexts,
      depths: read.depths,
      task_types: task === 'both' ? [...needleTasks] : [task as (typeof needleTasks)[number]],
      num_needles: needles,
      language,
      ...(haystack.trim() ? { haystack: haystack.trim() } : {}),
    };
    void submit.run({ model: model.path, dataset: DATASET, parameters });
  };

  return (
    <Card title={t('run.title')} aside={<span className="dim small">{DATASET}</span>}>
      <div className="stack" style={{ marginTop: 6 }}>
        <NativeSelect
          size="xs"
          label={t('run.model')}
          value={model?.path ?? ''}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={
            models.length === 0
              ? [{ value: '', label: t('run.noModel') }]
              : models.map(({ path, name, toy }) => ({ value: path, label: toy ? `${name} ${t('run.toy')}` : name }))
          }
        />
        {model?.toy && <div className="dim small">{t('run.toyNote')}</div>}
        <AddFolder />
        <div className="row">
          <Numbers label={t('run.lengths')} text={lengths} onText={setLengths} />
          <Numbers label={t('run.depths')} text={depths} onText={setDepths} />
        </div>
        <details>
          <summary>{t('run.more')}</summary>
          <div className="stack">
            <div className="row">
              <NativeSelect
                className="grow"
                size="xs"
                label={t('run.task')}
                value={task}
                onChange={(event) => setTask(event.currentTarget.value)}
                data={[...needleTasks, 'both'].map((name) => ({ value: name, label: t(`run.tasks.${name}`) }))}
              />
              <NumberInput
                size="xs"
                w={70}
                label={t('run.needles')}
                min={1}
                max={20}
                value={needles}
                onChange={(value) => typeof value === 'number' && setNeedles(value)}
              />
            </div>
            <div className="row">
              <NativeSelect
                size="xs"
                label={t('run.language')}
                data={['English', 'Chinese']}
                value={language}
                onChange={(event) => setLanguage(event.currentTarget.value as 'English' | 'Chinese')}
              />
              <TextInput
                className="grow"
                size="xs"
                label={t('run.haystack')}
                placeholder={t('run.haystackHint')}
                value={haystack}
                onChange={(event) => setHaystack(event.currentTarget.value)}
              />
            </div>
          </div>
        </details>
        {valid && read.lengths && ready && (
          <RunPlan
            model={model.path}
            context={Math.max(...read.lengths)}
            onContext={(most) => setLengths(cutTo(read.lengths ?? [], most).join(', '))}
            onFit={(most) => {
              setLengths(String(most));
              run([most]);
            }}
          />
        )}
        {submit.error && <div className="error">{submit.error.message}</div>}
        <div className="row">
          <span className="grow" />
          <Button size="xs" disabled={!valid || !ready} loading={submit.busy} onClick={() => run()}>
            {t('run.submit')}
          </Button>
        </div>
      </div>
    </Card>
  );
}

/** Lengths up to `most`, which itself takes the place of the longer ones. */
const cutTo = (lengths: number[], most: number) => [...lengths.filter((length) => length < most), most];

function Numbers({ label, text, onText }: { label: string; text: string; onText(text: string): void }) {
  const { t } = useTranslation();
  return (
    <TextInput
      className="grow"
      size="xs"
      label={label}
      value={text}
      error={numbersIn(text) ? null : t('run.numbers')}
      onChange={(event) => onText(event.currentTarget.value)}
    />
  );
}

function AddFolder() {
  const { t } = useTranslation();
  const canPick = usePanelState((state) => state.app.canPickFolder);
  const [folder, setFolder] = useState('');
  const [empty, setEmpty] = useState(false);
  const scan = useCommand('models.scan');
  const pick = useCommand('dialog.pickFolder');
  const add = async (path: string) => {
    const found = await scan.run({ folder: path });
    setEmpty(found?.length === 0);
    if (found && found.length > 0) setFolder('');
  };
  const browse = async () => {
    const picked = await pick.run({});
    if (picked?.path) await add(picked.path);
  };
  return (
    <details>
      <summary>{t('run.folder')}</summary>
      <div className="row">
        <TextInput
          className="grow"
          size="xs"
          aria-label={t('run.folder')}
          placeholder={t('run.folderHint')}
          value={folder}
          onChange={(event) => setFolder(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && folder.trim() && void add(folder.trim())}
        />
        <Button
          variant="default"
          size="xs"
          disabled={!folder.trim()}
          loading={scan.busy}
          onClick={() => add(folder.trim())}
        >
          {t('run.add')}
        </Button>
        {canPick && (
          <Button variant="default" size="xs" onClick={browse}>
            {t('run.browse')}
          </Button>
        )}
      </div>
      {(scan.error || empty) && <div className="error small">{scan.error?.message ?? t('run.nothingFound')}</div>}
    </details>
  );
}
