// The README shows some rows and columns of docs/benchmarks.md, which a command writes: they are that table's.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const cellsOf = (line) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

/** The first table whose head has a column for `mq`, as rows of columns by name. */
function tableOf(file) {
  const lines = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').split('\n')
  const at = lines.findIndex((line) => /^\| \| mq \d/.test(line))
  assert.notEqual(at, -1, `${file} has no table of figures`)
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
  const [shown, all] = [tableOf('README.md'), tableOf('docs/benchmarks.md')]
  assert.ok(shown.size > 0)
  for (const [name, columns] of shown) {
    for (const [column, cell] of columns) assert.equal(cell, all.get(name)?.get(column), `${name}: ${column}`)
  }
})
