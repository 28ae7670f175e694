import { useEffect, useState } from 'react';
import type { CommandInput, PanelError, Plan } from '#contract';
import { useCommand } from '../parts/index.ts';
import type { Planned } from './plan/use-plan.ts';
import { isHopeless } from './plan/verdict.tsx';

type Run = CommandInput<'runs.submit'>;

export interface RunStart {
  /** It was asked for while its plan was not known yet, and starts with the answer. */
  waiting: boolean;
  /** The answer said that it does not fit, so that it was not started. */
  refused: boolean;
  /** The id of the run that was submitted last. */
  submitted: string | null;
  busy: boolean;
  error: PanelError | null;
  /** Starts the run of the form, or waits for its plan. */
  start(): void;
  /** Starts a run at once. */
  submit(run: Run): void;
  /** A run was submitted in another way. */
  noteSubmitted(reqId: string): void;
  /** Ends the wait. */
  cancel(): void;
}

/** Starts the run of the form. While its plan is asked, the run waits: an old verdict says nothing about it. */
export function useRunStart(run: Run | null, { plan, stale }: Planned): RunStart {
  const command = useCommand('runs.submit');
  const { run: send } = command;
  /** What was asked for, by the text of its run: another form no longer waits. */
  const [asked, setAsked] = useState<string | null>(null);
  /** The plan that said so: under another one it may fit. */
  const [refused, setRefused] = useState<Plan | null>(null);
  const [submitted, setSubmitted] = useState<string | null>(null);
  const text = JSON.stringify(run);
  const waiting = asked !== null && asked === text;
  useEffect(() => {
    if (!waiting || stale) return;
    setAsked(null);
    if (plan && isHopeless(plan)) setRefused(plan);
    else void send(JSON.parse(text) as Run).then((answer) => answer && setSubmitted(answer.req_id));
  }, [waiting, stale, plan, text, send]);
  const submit = (chosen: Run) => {
    setSubmitted(null);
    void send(chosen).then((answer) => answer && setSubmitted(answer.req_id));
  };
  return {
    waiting,
    refused: refused !== null && refused === plan,
    submitted,
    busy: command.busy,
    error: command.error,
    submit,
    start() {
      setRefused(null);
      if (stale) setAsked(text);
      else if (run) submit(run);
    },
    noteSubmitted: setSubmitted,
    cancel: () => setAsked(null),
  };
}
