export interface Words {
  [name: string]: string | Words;
}

/** Joins files such as `./en/backend.json` into one tree: { backend: ... }. */
export const joinWords = (files: Record<string, Words>): Words =>
  Object.fromEntries(Object.entries(files).map(([path, tree]) => [path.replace(/^.*\/|\.json$/g, ''), tree]));

export const english = joinWords(import.meta.glob<Words>('./en/*.json', { eager: true, import: 'default' }));
