import { verbatim } from '#contract';
import { installPackages, otherPython } from '../commands.ts';
import { say } from '../sentences.ts';
import { type CheckPlace, type Found, ok, unknown } from '../types.ts';
import type { PythonFacts, QueryResult } from './query-python.ts';

const OLDEST = 11;
const NEWEST = 14;

export function checkPython(place: CheckPlace, facts: QueryResult<PythonFacts>): Found {
  if (!facts.ok) return { state: 'failed', sentence: facts.reason, fix: otherPython(place) };
  const { version, executable } = facts.value.python;
  const [major, minor] = version;
  const detail = [verbatim(executable)];
  if (major === 3 && minor >= OLDEST && minor <= NEWEST)
    return ok(say('python', { version: version.join('.') }), detail);
  const sentence = say('pythonUnsupported', { version: version.join('.'), oldest: OLDEST, newest: NEWEST });
  return { state: 'failed', sentence, detail, fix: otherPython(place) };
}

const notListed = unknown(say('pythonUnknown'));

/** torch and transformers have checks of their own. */
const ownChecks = new Set(['torch', 'transformers']);

export function checkPackages(place: CheckPlace, facts: QueryResult<PythonFacts>): Found {
  if (!facts.ok) return notListed;
  const packages = facts.value.packages.filter(({ name }) => !ownChecks.has(name));
  const missing = packages.filter(({ present }) => !present).map(({ name }) => name);
  const detail = packages.map(({ name, present, version }) =>
    present ? verbatim(`${name} ${version ?? ''}`.trim()) : say('packageMissing', { name }),
  );
  if (missing.length === 0) return ok(say('packages', { count: packages.length }), detail);
  return {
    state: 'failed',
    sentence: say('packagesMissing', { names: missing.join(', ') }),
    detail,
    fix: installPackages(place, missing),
  };
}

export function checkTransformers(place: CheckPlace, facts: QueryResult<PythonFacts>): Found {
  if (!facts.ok) return notListed;
  const found = facts.value.packages.find(({ name }) => name === 'transformers');
  if (found?.present)
    return ok(found.version ? say('transformers', { version: found.version }) : say('transformersUnknown'));
  return { state: 'failed', sentence: say('transformersMissing'), fix: installPackages(place, ['transformers']) };
}
