// The README shows some rows and columns of docs/benchmarks.md, and a chart of others: one run of one command writes all three.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const cellsOf = (line) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')

/** The first table whose head has a column for `mq`, as rows of columns by name. */
function tableOf(text) {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => /^\| \| mq \d/.test(line))
  assert.notEqual(at, -1, `no table of figures in ${text.slice(0, 80)}`)
  const head = cellsOf(lines[at])
  const rows = lines.slice(at + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return new Map(
    rows
      .slice(0, end)
      .map(cellsOf)
      .map(([name, ...cells]) => [name, new Map(cells.map((cell, i) => [head[i + 1], cell]))]),
  )
}

void test('the figures of the README are those of docs/benchmarks.md', () => {
  const [shown, all] = [tableOf(read('README.md')), tableOf(read('docs/benchmarks.md'))]
  assert.ok(shown.size > 0)
  for (const [name, columns] of shown) {
    for (const [column, cell] of columns) assert.equal(cell, all.get(name)?.get(column), `${name}: ${column}`)
  }
})

const CHARTS = ['docs/pictures/benchmark.svg', 'docs/pictures/benchmark-dark.svg']
const CLASSES = /^## Other systems: (.+)$/m
const SEPARATOR = ' · '

const byText = (a, b) => (a < b ? -1 : 1)

/** What a chart says of each of its points: class, row, column, figure. */
function pointsOf(svg) {
  const labels = [...svg.matchAll(/ aria-label="([^"]*)"/g)].map(([, text]) => text.replaceAll('&amp;', '&'))
  return labels.filter((label) => label.split(SEPARATOR).length === 4).toSorted(byText)
}

/** The same from the tables, of the rows that a chart has; a ratio beside a figure is not in a chart. */
function figuresOf(document, rows) {
  const sections = document.split(/^(?=## )/m).filter((section) => CLASSES.test(section))
  return sections
    .flatMap((section) => {
      const [, losing] = CLASSES.exec(section)
      const table = tableOf(section)
      return rows.flatMap((row) =>
        [...(table.get(row) ?? [])]
          .filter(([, cell]) => cell !== '–')
          .map(([column, cell]) => [losing, row, column, cell.replace(/ \(.*$/, '')].join(SEPARATOR)),
      )
    })
    .toSorted(byText)
}

void test('the chart has every figure of its rows in docs/benchmarks.md, and no other, and the README shows it', () => {
  const [readme, document] = [read('README.md'), read('docs/benchmarks.md')]
  const measured = CLASSES.test(document)
  for (const chart of CHARTS) {
    assert.equal(existsSync(new URL(`../${chart}`, import.meta.url)), measured, `${chart}: make it with the tables`)
    assert.equal(readme.includes(`"${chart}"`), measured, `${chart} in README.md`)
    if (!measured) continue
    const points = pointsOf(read(chart))
    const rows = [...new Set(points.map((point) => point.split(SEPARATOR)[1]))]
    assert.equal(rows.length, 2, chart)
    assert.deepEqual(points, figuresOf(document, rows), chart)
  }
})

void test('a chart of another run is seen', () => {
  const document = [
    '# Benchmarks\n## Libraries\n\n| | mq 1 |\n|---|---|\n| enqueue | 5 |\n',
    '## Other systems: nothing survives\n\n| | mq 1 | NATS & co |\n|---|---|---|\n| enqueue | 1,000 | 2 (0.002×) |\n| bulk | 3 | 4 |\n',
    '## Other systems: all survives\n\n| | mq 1 | NATS & co |\n|---|---|---|\n| enqueue | 9 | – |\n',
  ].join('\n')
  const figures = ['nothing survives · enqueue · NATS & co · 2', 'nothing survives · enqueue · mq 1 · 1,000']
  const last = 'all survives · enqueue · mq 1 · 9'
  assert.deepEqual(figuresOf(document, ['enqueue']), [last, ...figures])
  const svg = [...figures, last].map((point) => `<path aria-label="${point.replace('&', '&amp;')}"/>`).join('')
  assert.deepEqual(pointsOf(`<svg aria-label="a chart">${svg}</svg>`), [last, ...figures])
})
