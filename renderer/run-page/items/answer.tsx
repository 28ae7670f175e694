import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type CevalItem, cevalItemSchema, type NeedleItem, needleItemSchema } from '#contract';
import { markedPieces } from './marked.ts';

/** What the model read around each needle, or all of it where that is stored. */
export function NeedlePrompt({ item, whole }: { item: NeedleItem; whole: Record<string, unknown> | null }) {
  const { t } = useTranslation();
  const [isWhole, setWhole] = useState(false);
  const stored = needleItemSchema.safeParse(whole).data;
  const passages = stored?.passages ?? [];
  const keys = item.expected_keys ?? [];
  const { prompt } = stored ?? {};
  const start = item.prompt_start ?? stored?.prompt_start;
  if (prompt && (isWhole || passages.length === 0))
    return (
      <>
        <Box
          label={t('runPage.prompt')}
          text={prompt}
          marks={[...passages.map(({ needle }) => needle.trim()), ...keys]}
        />
        {passages.length > 0 && <Toggle label={t('runPage.around')} onClick={() => setWhole(false)} />}
      </>
    );
  if (passages.length > 0)
    return (
      <>
        {passages.map(({ before, needle, after }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the passages of one item never move
          <p className="run-text" key={i}>
            <span className="dim">… {before}</span>
            <Marked text={needle} marks={keys} />
            <span className="dim">{after} …</span>
          </p>
        ))}
        {prompt ? (
          <Toggle label={t('runPage.whole')} onClick={() => setWhole(true)} />
        ) : (
          <div className="dim small">{t('runPage.tooLong')}</div>
        )}
      </>
    );
  return (
    <>
      {start !== undefined && (
        <p className="run-text dim">
          {start} … {item.prompt_end}
        </p>
      )}
      <div className="dim small">{t(whole ? 'runPage.noPassage' : 'runPage.notKept')}</div>
    </>
  );
}

export function CevalPrompt({ whole }: { whole: Record<string, unknown> | null }) {
  const { t } = useTranslation();
  const prompt = cevalItemSchema.safeParse(whole).data?.prompt;
  if (!prompt) return <div className="dim small">{t('runPage.notKept')}</div>;
  return <Box label={t('runPage.prompt')} text={prompt} marks={[]} />;
}

/** What the model answered, beside what was expected. */
export function AnswerBox({ item }: { item: NeedleItem | CevalItem }) {
  const { t } = useTranslation();
  const isChoice = 'subject' in item;
  const answer = isChoice ? (item.output ?? item.response) : item.response;
  const expected = isChoice ? item.answer : (item.expected_keys?.join(', ') ?? item.expected_needle);
  return (
    <>
      {item.thinking && (
        <details>
          <summary className="small">{t('runPage.thinking')}</summary>
          <Box label={t('runPage.thinking')} text={item.thinking} marks={[]} />
        </details>
      )}
      <Box label={t('runPage.answer')} text={answer} marks={isChoice ? [] : (item.expected_keys ?? [])} />
      <div className="dim small">
        {t('runPage.expected', { expected })}
        {isChoice && item.output !== undefined && ` · ${t('runPage.letter', { letter: item.response || '–' })}`}
        {isChoice && item.logprobs && ` · ${logprobsText(item.logprobs)}`}
      </div>
    </>
  );
}

const logprobsText = (logprobs: Record<string, number>) =>
  Object.entries(logprobs)
    .map(([letter, value]) => `${letter} ${value.toFixed(2)}`)
    .join('  ');

function Box({ label, text, marks }: { label: string; text: string; marks: readonly string[] }) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable box must be reachable by keyboard (axe).
    <section className="run-text scrolls" aria-label={label} tabIndex={0}>
      {text.trim() === '' ? <span className="dim">{t('runPage.empty')}</span> : <Marked text={text} marks={marks} />}
    </section>
  );
}

function Marked({ text, marks }: { text: string; marks: readonly string[] }) {
  return markedPieces(text, marks).map(({ text: piece, isMarked }, at) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text never move
    isMarked ? <mark key={at}>{piece}</mark> : piece,
  );
}

function Toggle({ label, onClick }: { label: string; onClick(): void }) {
  return (
    <Button variant="subtle" color="gray" size="compact-xs" style={{ alignSelf: 'flex-start' }} onClick={onClick}>
      {label}
    </Button>
  );
}
