import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { en } from '../../page/src/language/en.ts'
import { zh } from '../../page/src/language/zh.ts'

const SOURCE = join(import.meta.dirname, '../../page/src')

/** Each word with its path; of a function what it says of some values. */
function* wordsOf(catalog: object, path = ''): Generator<readonly [path: string, text: string]> {
  for (const [key, value] of Object.entries(catalog) as [string, unknown][]) {
    const at = path === '' ? key : `${path}.${key}`
    if (typeof value === 'function')
      yield [at, String((value as (...values: unknown[]) => string)('A', 'B', 'C', 'D', 'E', 'F'))]
    else if (typeof value === 'object' && value !== null) yield* wordsOf(value, at)
    else yield [at, String(value)]
  }
}

describe('the words of the page', () => {
  const [english, chinese] = [new Map(wordsOf(en)), new Map(wordsOf(zh))]
  // English has the storage's own sentences there.
  const isOwn = (path: string): boolean => /^(storage.findingTexts|channels.whyTexts)/.test(path)

  it('are the same ones in each language, and none is empty', () => {
    expect([...chinese.keys()].filter((path) => !isOwn(path))).toEqual([...english.keys()])
    expect([...english, ...chinese].filter(([, text]) => text.trim() === '' || /undefined|NaN/.test(text))).toEqual([])
  })

  it('are Chinese in Chinese', () => {
    const same = [...chinese].filter(([path, text]) => english.get(path) === text && /[a-z]{4}/i.test(text))
    expect(same.map(([path]) => path)).toEqual([])
  })

  it('have full-width punctuation in Chinese', () => {
    expect([...chinese.values()].filter((text) => /[\u4e00-\u9fff][,:;?!(]/.test(text))).toEqual([])
  })

  it('are all used', () => {
    const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    const source = files
      .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('language'))
      .map((path) => readFileSync(join(SOURCE, path), 'utf8'))
      .join('\n')
    const looked = /^(storage\.(names|findingTexts)|channels\.whyTexts|task\.what|states|because|roles)\./
    const unused = [...english.keys()].filter((path) => !looked.test(path) && !source.includes(path.split('.').at(-1)!))
    expect(unused).toEqual([])
  })
})
