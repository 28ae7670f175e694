import { ActionIcon, Skeleton, Tooltip } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { CevalItem, NeedleItem, Run } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { Card, tokensText } from '../../parts/index.ts';
import { usePlace } from '../../routes/index.ts';
import { keyOf } from '../needle/heat-cells.ts';
import { AnswerBox, CevalPrompt, NeedlePrompt } from './answer.tsx';
import { factsOf } from './facts.ts';
import type { Test, Tests } from './tests.ts';
import { useWhole } from './use-whole.ts';

/** The answers of the open cell or subject, one at a time; which one is in the address. */
export function ItemCard({ run, tests }: { run: Run; tests: Tests }) {
  const { t } = useTranslation();
  const [cell, openCell] = usePlace('cell');
  const [subject, openSubject] = usePlace('subject');
  const [item, openItem] = usePlace('item');
  const close = () => {
    openItem(null);
    openCell(null);
    openSubject(null);
  };
  if (tests.kind === 'needle') {
    const of = tests.list.filter(({ item: test }) => keyOf(test.context_length, test.depth_percent) === cell);
    const [length, depth] = (cell ?? '').split(' ');
    const title = t('runPage.cell', { length: tokensText(Number(length)), depth });
    return <Open run={run} list={of} title={title} chosen={item} onChoose={openItem} onClose={close} />;
  }
  if (tests.kind === 'ceval') {
    const of = tests.list.filter(({ item: test }) => test.subject === subject);
    const title = subject?.replaceAll('_', ' ') ?? '';
    return <Open run={run} list={of} title={title} chosen={item} onChoose={openItem} onClose={close} />;
  }
  return null;
}

type Any = NeedleItem | CevalItem;

interface OpenProps {
  run: Run;
  list: readonly Test<Any>[];
  title: string;
  /** Its place in the list, from 1, as the address has it. */
  chosen: string | null;
  onChoose(place: string | null): void;
  onClose(): void;
}

function Open({ run, list, title, chosen, onChoose, onClose }: OpenProps) {
  const { t } = useTranslation();
  if (list.length === 0) return null;
  const at = placeOf(list, chosen);
  const test = list[at] as Test<Any>;
  const step = (by: number) => onChoose(String(at + by + 1));
  return (
    <Card
      title={title}
      actions={
        <>
          <span className={`tag ${test.item.score === 1 ? 'fits' : 'tight'}`}>
            {t('runPage.itemScore', { score: test.item.score.toFixed(test.item.score % 1 === 0 ? 0 : 2) })}
          </span>
          {list.length > 1 && (
            <>
              <Arrow label={t('runPage.previous')} disabled={at === 0} onClick={() => step(-1)}>
                <IconChevronLeft size={15} />
              </Arrow>
              <span className="dim small">{t('runPage.of', { count: at + 1, total: list.length })}</span>
              <Arrow label={t('runPage.next')} disabled={at === list.length - 1} onClick={() => step(1)}>
                <IconChevronRight size={15} />
              </Arrow>
            </>
          )}
          <Arrow label={t('runPage.close')} disabled={false} onClick={onClose}>
            <IconX size={15} />
          </Arrow>
        </>
      }
    >
      <Content key={test.key} run={run} test={test} />
    </Card>
  );
}

/** The one that the address names, else the worst: that is what is looked for. */
function placeOf(list: readonly Test<Any>[], chosen: string | null): number {
  const place = Number(chosen) - 1;
  if (chosen !== null && list[place]) return place;
  const worst = Math.min(...list.map(({ item }) => item.score));
  return list.findIndex(({ item }) => item.score === worst);
}

function Arrow(props: { label: string; disabled: boolean; onClick(): void; children: React.ReactNode }) {
  return (
    <Tooltip withinPortal={false} label={props.label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={props.label}
        disabled={props.disabled}
        onClick={props.onClick}
      >
        {props.children}
      </ActionIcon>
    </Tooltip>
  );
}

function Content({ run, test }: { run: Run; test: Test<Any> }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { whole, error, busy } = useWhole(run, test.key);
  const { item } = test;
  return (
    <div className="run-item">
      <div className="dim small">{factsOf(item, t).join(' · ')}</div>
      {busy && <Skeleton height={64} animate={false} aria-label={t('runPage.loading')} />}
      {error && <div className="error small">{sentence(error.sentence)}</div>}
      {!busy &&
        !error &&
        ('subject' in item ? <CevalPrompt whole={whole} /> : <NeedlePrompt item={item} whole={whole} />)}
      <AnswerBox item={item} />
    </div>
  );
}
