interface Tree {
  [name: string]: string | Tree;
}

/** Joins files such as `./en/backend.json` into one tree: { backend: ... }. */
function joined(files: Record<string, Tree>): Tree {
  return Object.fromEntries(Object.entries(files).map(([path, tree]) => [path.replace(/^.*\/|\.json$/g, ''), tree]));
}

export const english = joined(import.meta.glob<Tree>('./en/*.json', { eager: true, import: 'default' }));
export const chinese = joined(import.meta.glob<Tree>('./zh/*.json', { eager: true, import: 'default' }));

/** The Chinese of sentences that come from the core and the backend, by their code; their English travels with them. */
export const chineseSentences: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    import.meta.glob<Record<string, string>>('./sentences/zh/*.json', { eager: true, import: 'default' }),
  ).flatMap(([path, sentences]) => {
    const room = path.replace(/^.*\/|\.json$/g, '');
    return Object.entries(sentences).map(([name, text]) => [`${room}.${name}`, text] as const);
  }),
);
