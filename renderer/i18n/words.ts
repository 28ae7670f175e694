interface Tree {
  [name: string]: string | Tree;
}

/** Joins files such as `./en/backend.json` into one tree: { backend: ... }. */
function join(files: Record<string, Tree>): Tree {
  return Object.fromEntries(Object.entries(files).map(([path, tree]) => [path.replace(/^.*\/|\.json$/g, ''), tree]));
}

export const english = join(import.meta.glob<Tree>('./en/*.json', { eager: true, import: 'default' }));
export const chinese = join(import.meta.glob<Tree>('./zh/*.json', { eager: true, import: 'default' }));

/** The Chinese sentences of the core and the backend by code; the English travels with a sentence. */
export const chineseSentences: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    import.meta.glob<Record<string, string>>('./sentences/zh/*.json', { eager: true, import: 'default' }),
  ).flatMap(([path, sentences]) => {
    const room = path.replace(/^.*\/|\.json$/g, '');
    return Object.entries(sentences).map(([name, text]) => [`${room}.${name}`, text] as const);
  }),
);
