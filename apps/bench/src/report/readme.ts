/** Between these lines of the README is the chart, or nothing. */
const CHART = /(<!-- chart -->\n)[\s\S]*?(<!-- \/chart -->)/
const PICTURE = `
<picture>
  <source media="(prefers-color-scheme: dark)" srcset="docs/pictures/benchmark-dark.svg">
  <img alt="Tasks a second of mq and of other systems, by what a crash loses: the figures are in docs/benchmarks.md" src="docs/pictures/benchmark.svg">
</picture>

`

/**
 * The README with figures of a document of benchmarks: the rows and columns that its table has, from the document's
 * first table, and the chart where one was drawn. Undefined where the document does not have them all, as after a run
 * of a few scenarios.
 */
export function renewReadme(readme: string, document: string, charted: boolean): string | undefined {
  const [shown, all] = [tableOf(readme), tableOf(document)]
  if (shown === undefined || all === undefined) return undefined
  const columns = shown.head.map((name) => all.head.findIndex((other) => unversioned(other) === unversioned(name)))
  const rows = shown.rows.map(([label]) => all.rows.find(([other]) => other === label))
  if (columns.includes(-1) || rows.includes(undefined)) return undefined
  const lines = [
    line(columns.map((at) => all.head[at]!)),
    `|${'---|'.repeat(columns.length)}`,
    ...rows.map((row) => line(columns.map((at) => row![at]!))),
  ]
  return readme
    .replace(shown.text, () => lines.join('\n'))
    .replace(CHART, (_all, before: string, after: string) => `${before}${charted ? PICTURE : ''}${after}`)
}

interface Table {
  readonly text: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The first one whose first column of figures is mq's. */
function tableOf(text: string): Table | undefined {
  const [table] = /^\| \| mq \d.*(?:\n\|.*)*/m.exec(text) ?? []
  if (table === undefined) return undefined
  const [head, , ...rows] = table.split('\n').map(cellsOf)
  return { text: table, head: head!, rows }
}

function cellsOf(text: string): string[] {
  return text
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`.replace('|  |', '| |')
}

function unversioned(title: string): string {
  return title.replaceAll(/\b\d+\.\d+\.\d+\b/g, '')
}
