import { NumberInput, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Browse } from '../../parts/index.ts';
import type { ProfileForm } from './profile-form.ts';

/** The fields of a profile, each with its hint and its error. */
export function ProfileInputs({ form }: { form: ProfileForm }) {
  const { t } = useTranslation();
  const text = (name: 'name' | 'command' | 'folder' | 'healthUrl') => ({
    size: 'xs',
    label: t(`profile.${name}`),
    value: form.fields[name],
    error: form.problems[name],
    onChange: (event: { currentTarget: { value: string } }) => form.set({ [name]: event.currentTarget.value }),
  });
  const seconds = (name: 'startSeconds' | 'stopSeconds') => ({
    size: 'xs',
    className: 'grow',
    hideControls: true,
    label: t(`profile.${name}`),
    value: form.fields[name],
    error: form.problems[name],
    onChange: (value: string | number) => form.set({ [name]: value }),
  });
  return (
    <>
      <TextInput {...text('name')} data-autofocus />
      <TextInput
        {...text('command')}
        classNames={{ input: 'mono' }}
        placeholder="python server.py --port 8000"
        description={t('profile.commandHint')}
      />
      <div className="row top">
        <TextInput {...text('folder')} className="grow" classNames={{ input: 'mono' }} placeholder="/home/me/server" />
        <div className="beside-label">
          <Browse label={t('profile.folder')} onPick={(folder) => form.set({ folder })} />
        </div>
      </div>
      <TextInput
        {...text('healthUrl')}
        classNames={{ input: 'mono' }}
        placeholder="http://127.0.0.1:8000/health"
        description={t('profile.healthUrlHint')}
      />
      <Textarea
        size="xs"
        autosize
        minRows={3}
        maxRows={8}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        label={t('profile.env')}
        description={t('profile.envHint')}
        placeholder={'HF_HOME=/data/hf\nCUDA_VISIBLE_DEVICES=0'}
        value={form.fields.env}
        error={form.problems.env}
        onChange={(event) => form.set({ env: event.currentTarget.value })}
      />
      <div className="row top">
        <NumberInput {...seconds('startSeconds')} />
        <NumberInput {...seconds('stopSeconds')} />
      </div>
    </>
  );
}
