import { useEffect } from 'react';
import { useSearch } from 'wouter';
import { changePlaces } from '../../routes/index.ts';
import { readDraft, writeDraft } from './address.ts';
import { draftDefaults, draftOf, type Prefill, type RunDraft, useRunDraft } from './run-draft.ts';

/** Typing does not rewrite the address at every letter. */
const WRITE_AFTER_MS = 300;
/** The form that was written last, or read: the address may name another one. */
let written = '';

const textOf = (draft: RunDraft) => {
  const places = new URLSearchParams();
  writeDraft(draft, places);
  return places.toString();
};

function write(): void {
  const draft = useRunDraft.getState();
  written = textOf(draft);
  // A link to the room alone has cleared the address meanwhile.
  const inAddress = readDraft(new URLSearchParams(window.location.search)) ?? draftDefaults;
  if (textOf(inAddress) !== written) changePlaces((places) => writeDraft(draft, places));
}

/** Fills in the form of the next run, which Overview shows; false where the panel has no form for this run. */
export function prefill(run: Prefill): boolean {
  const draft = draftOf(run);
  if (!draft) return false;
  useRunDraft.setState(draft);
  write();
  return true;
}

/**
 * Keeps the form in the address while it is shown. An address that names another form, as a shared link or the browser's
 * Back does, replaces the form; one that names none leaves it as it was.
 */
export function useDraftInAddress(): void {
  const search = useSearch();
  useEffect(() => {
    const found = readDraft(new URLSearchParams(search));
    if (!found || textOf(found) === written) return;
    written = textOf(found);
    useRunDraft.setState(found);
  }, [search]);
  useEffect(() => {
    write();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = useRunDraft.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(write, WRITE_AFTER_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
}
