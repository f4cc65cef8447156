import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { renewReadme } from '../../src/report/readme.ts'

const readme = `# mq

| | mq 0.1.0 | BullMQ 6.7.0 |
|---|---|---|
| enqueue | 1 (2×) | 3 |

After it.

<!-- chart -->
<!-- /chart -->

| | mq 0.1.0 |
`
const document = `# Benchmarks

| | mq 0.2.0 | mq 0.2.0, results kept | BullMQ 6.8.0 |
|---|---|---|---|
| bulk | 5 | 6 | 7 |
| enqueue | 8 (9×) | – | $& |

| | mq 0.2.0 | NATS 2 |
|---|---|---|
| enqueue | 10 | 11 |
`

it('takes the rows and columns that are shown from the first table, whatever versions it is of', () => {
  const renewed = renewReadme(readme, document, false)
  expect(renewed).toBe(
    readme.replace('mq 0.1.0 | BullMQ 6.7.0', 'mq 0.2.0 | BullMQ 6.8.0').replace('1 (2×) | 3', () => '8 (9×) | $&'),
  )
})

it('shows the chart where one was drawn, and none where none was', () => {
  const charted = renewReadme(readme, document, true)!
  expect(charted).toMatch(/<!-- chart -->\n\n<picture>[^]*benchmark-dark\.svg[^]*benchmark\.svg[^]*<!-- \/chart -->/)
  expect(renewReadme(charted, document, true)).toBe(charted)
  expect(renewReadme(charted, document, false)).toBe(renewReadme(readme, document, false))
})

it('is left as it is where the document has not all of it', () => {
  for (const less of ['', document.replace('| enqueue', '| other'), document.replace('BullMQ', 'another')])
    expect(renewReadme(readme, less, true)).toBeUndefined()
})

it('finds what it renews in the README of this repository', () => {
  const [text, benchmarks] = ['README.md', 'docs/benchmarks.md'].map((file) =>
    readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8'),
  )
  expect(text).toContain('<!-- chart -->\n')
  expect(renewReadme(text!, benchmarks!, text!.includes('docs/pictures/benchmark.svg'))).toBe(text)
})
