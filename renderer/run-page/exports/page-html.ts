import { escaped } from './escape.ts';

/** What the page says; all of it is text that is escaped here, but `pictures`, which are our own SVG. */
export interface HtmlReport {
  language: string;
  title: string;
  lines: readonly string[];
  pictures: readonly string[];
  tables: readonly { caption: string; head: readonly string[]; rows: readonly (readonly string[])[] }[];
}

const STYLE = `body{max-width:1010px;margin:24px auto;padding:0 16px;font:14px/1.5 system-ui,sans-serif;color:#161b22;background:#fff}
h1{font-size:20px}h2{font-size:15px;margin-top:28px}p{margin:2px 0}svg{max-width:100%;height:auto}
table{border-collapse:collapse;width:100%}th,td{padding:4px 8px;border-bottom:1px solid #d5dbe3;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{color:#54606e;font-weight:400}`;

/** One file: no script, nothing from elsewhere, and a policy that forbids both. */
export function pageHtml({ language, title, lines, pictures, tables }: HtmlReport): string {
  const cells = (kind: 'th' | 'td', row: readonly string[]) =>
    row.map((cell) => `<${kind}>${escaped(cell)}</${kind}>`).join('');
  const table = ({ caption, head, rows }: HtmlReport['tables'][number]) =>
    [
      `<h2>${escaped(caption)}</h2><table>`,
      head.length > 0 ? `<thead><tr>${cells('th', head)}</tr></thead>` : '',
      '<tbody>',
      ...rows.map((row) => `<tr>${cells('td', row)}</tr>`),
      '</tbody></table>',
    ].join('\n');
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${lines.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
${pictures.join('\n')}
${tables.map(table).join('\n')}
</body>
</html>
`;
}
