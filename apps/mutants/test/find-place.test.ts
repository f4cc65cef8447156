import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { mutants } from '../src/defects/all.ts'
import { findPlace, putIn } from '../src/find-place.ts'
import { root } from '../src/run-killer.ts'
import { sourceOf, sourcesOf } from '../src/sources.ts'
import type { Source } from '../src/sources.ts'

const edit = { in: 'core', find: 'if (a) b(c)', replace: 'b(c)' }

function broken(source: string, more: Partial<typeof edit & { within: string }> = {}): string {
  return putIn(source, [findPlace([sourceOf('a.ts', source)], { ...edit, ...more })])
}

describe('the place of a defect', () => {
  it.each([
    'if (a) b(c)',
    'if (a)\n    b(\n      c,\n    );',
    '// first\nif (a) /* often */ b(\n  // what\n  c)',
    'export class D {\n  e() { if (a) b(c) }\n}',
  ])('is found whatever the form of the code: %j', (source) => {
    const now = broken(source)
    expect(now).not.toContain('if (a)')
    expect(now).toContain('b(c)')
  })

  it('is found in Lua whatever its form, and not in its comments', () => {
    const source = 'export const LUA = /* lua */ `\n-- if a then b(c) end\nif a then -- often\n\n  b( c )\nend\n`'
    expect(broken(source, { find: 'if a then b(c) end', replace: '' })).toBe(
      'export const LUA = /* lua */ `\n-- if a then b(c) end\n\n`',
    )
  })

  it('is found with words of any name, which the replacement may use', () => {
    const more = { find: 'if ($a) $b($a)', replace: '$b($a, $a)' }
    expect(broken('if (wanted) ask(wanted)', more)).toBe('ask(wanted, wanted)')
    expect(() => broken('if (wanted) ask(other)', more)).toThrow('found 0 times')
  })

  it('is the one within a declaration, where there are several', () => {
    const source = 'class A { e() { if (a) b(c) } }\nclass B { f() { if (a) b(c) } }'
    expect(() => broken(source)).toThrow('found 2 times, not once: if (a) b(c) (a.ts:1; a.ts:2)')
    for (const within of ['B', 'f']) {
      expect(broken(source, { within })).toBe('class A { e() { if (a) b(c) } }\nclass B { f() { b(c) } }')
    }
    expect(() => broken(source, { within: 'C' })).toThrow('found 0 times within C')
  })

  it('that is not there is an error that names the nearest', () => {
    expect(() => broken('b()\n\nif (a) d(c)')).toThrow('the nearest: a.ts:3, 4 of 8')
    expect(() => broken('')).toThrow('nothing like it is there')
  })

  it('of which there are several that are like it, is an error that names three of them, the most like it first', () => {
    const source = 'if (b) x()\nif (a) b(d)\nif (c) x()\nif (a) x()\nif (d) x()'
    expect(() => broken(source)).toThrow(/the nearest: a\.ts:2, 6 of 8; a\.ts:4, 4 of 8; a\.ts:1, 2 of 8\)$/)
  })

  it('of each defect of mq is found again in a file of another name, printed otherwise, in another order and with more comments', () => {
    const again = new Map<Source, Source>()
    const rewritten = (source: Source): Source => {
      const text = rewrite(source)
      return sourceOf(`moved/${source.file}`, text)
    }
    for (const { name, edits } of mutants) {
      for (const one of edits) {
        const sources = sourcesOf(root, one.in)
        const { file } = findPlace(sources, one)
        const its = sources.find((source) => source.file === file)!
        const moved = again.get(its) ?? rewritten(its)
        again.set(its, moved)
        expect(moved.text, name).not.toBe(its.text)
        const others = sources.filter((source) => source !== its)
        expect(findPlace([...others, moved], one).file, name).toBe(moved.file)
      }
    }
    expect(again.size).toBeGreaterThan(30)
  }, 240_000)
})

/**
 * Printed by TypeScript, so with other blanks, with semicolons, without comments; what is declared in the file and in its classes the other way
 * round; then with comments at the ends of lines of Lua.
 */
function rewrite({ file, text }: Source): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false)
  const { factory } = ts
  const statements = source.statements.map((node) =>
    ts.isClassDeclaration(node)
      ? factory.updateClassDeclaration(
          node,
          node.modifiers,
          node.name,
          node.typeParameters,
          node.heritageClauses,
          [...node.members].reverse(),
        )
      : node,
  )
  const turned = factory.updateSourceFile(source, statements.reverse())
  const printed = ts.createPrinter({ removeComments: true }).printFile(turned)
  return printed.replace(/ (then|do)$/gm, ' $1 -- why\n\n   ')
}
