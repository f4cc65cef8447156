// The documents show the examples that run. `vitest run --project examples readme -u` copies them into the documents.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { embed, shownOf, snippetsOf } from './readme-snippets.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'README.md'))
const docs = existsSync(join(root, 'docs')) ? readdirSync(join(root, 'docs')).map((name) => join('docs', name)) : []
const documents = ['README.md', ...packages, ...docs].filter(
  (file) => file.endsWith('.md') && existsSync(join(root, file)),
)

describe('the documents', () => {
  it.each(documents)('%s shows examples as they are', async (file) => {
    await expect(embed(read(file), read)).toMatchFileSnapshot(join(root, file))
  })

  it('may have none', () => {
    expect(embed('# mq\n', read)).toBe('# mq\n')
  })
})

describe('a snippet', () => {
  const marked = (marker: string, ...text: string[]): string =>
    ['# mq', '', marker, '```ts', ...text, '```', '', 'More.', ''].join('\n')
  const source = ['const a = 1', '  // #region b', '  if (a) {', '    go()', '  }', '  // #endregion', ''].join('\n')

  it('is the whole file', () => {
    const whole = ['const a = 1', '  if (a) {', '    go()', '  }']
    expect(shownOf(source, undefined)).toBe(whole.join('\n'))
    const document = marked('<!-- example: a.ts -->', ...whole)
    expect(embed(document, () => source)).toBe(document)
  })

  it('is a region, moved left', () => {
    const document = marked('<!-- example: a.ts#b -->', 'if (a) {', '  go()', '}')
    expect(embed(document, () => source)).toBe(document)
    expect(snippetsOf(document)).toMatchObject([{ line: 4, file: 'a.ts', region: 'b' }])
  })

  it.each([
    ['changed', ['if (b) {', '  go()', '}']],
    ['shortened', ['if (a) {']],
    ['emptied', []],
    ['longer', ['if (a) {', '  go()', '}', '']],
  ])('that was %s is found, and put right', (_how, text) => {
    const document = marked('<!-- example: a.ts#b -->', ...text)
    const right = marked('<!-- example: a.ts#b -->', 'if (a) {', '  go()', '}')
    expect(embed(document, () => source)).toBe(right)
    expect(document).not.toBe(right)
  })

  it('that shows nothing that exists is an error', () => {
    expect(() => embed(marked('<!-- example: apps/examples/src/none.ts -->'), read)).toThrow(/none\.ts/)
    expect(() => embed(marked('<!-- example: a.ts#c -->'), () => source)).toThrow(/no region c/)
    expect(() => embed(marked('<!-- example: a.ts b -->'), () => source)).toThrow(/not a marker/)
    expect(() => embed('<!-- example: a.ts -->\n\nText.', () => source)).toThrow(/no fence follows/)
    expect(() => embed('<!-- example: a.ts -->\n```ts\na', () => source)).toThrow(/does not end/)
  })
})
