import { installPackages, otherPython } from '../commands.ts';
import { type CheckPlace, type Found, ok, unknown } from '../types.ts';
import type { Asked, PythonFacts } from './query-python.ts';

const OLDEST = 11;
const NEWEST = 14;

export function checkPython(place: CheckPlace, facts: Asked<PythonFacts>): Found {
  if (!facts.ok) return { state: 'failed', sentence: facts.why, fix: otherPython(place) };
  const { version, executable } = facts.value.python;
  const [major, minor] = version;
  const text = `Python ${version.join('.')}`;
  if (major === 3 && minor >= OLDEST && minor <= NEWEST) return ok(`${text}.`, executable);
  const sentence = `${text} does not suit: the backend needs Python 3.${OLDEST} to 3.${NEWEST}.`;
  return { state: 'failed', sentence, detail: executable, fix: otherPython(place) };
}

const notKnown = unknown('Not known: this Python does not say what it has.');

/** torch and transformers have rows of their own. */
const elsewhere = new Set(['torch', 'transformers']);

export function checkPackages(place: CheckPlace, facts: Asked<PythonFacts>): Found {
  if (!facts.ok) return notKnown;
  const packages = facts.value.packages.filter(({ name }) => !elsewhere.has(name));
  const missing = packages.filter(({ present }) => !present).map(({ name }) => name);
  const detail = packages
    .map(({ name, present, version }) => `${name} ${present ? (version ?? '') : 'missing'}`)
    .join('\n');
  if (missing.length === 0) return ok(`All ${packages.length} packages that the backend needs are there.`, detail);
  return {
    state: 'failed',
    sentence: `This Python lacks ${missing.join(', ')}.`,
    detail,
    fix: installPackages(place, missing),
  };
}

export function checkTransformers(place: CheckPlace, facts: Asked<PythonFacts>): Found {
  if (!facts.ok) return notKnown;
  const found = facts.value.packages.find(({ name }) => name === 'transformers');
  if (found?.present) return ok(`transformers ${found.version ?? 'of an unknown version'}.`);
  return { state: 'failed', sentence: 'transformers is not installed.', fix: installPackages(place, ['transformers']) };
}
