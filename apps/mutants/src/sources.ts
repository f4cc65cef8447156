import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { tokensOf } from './tokens.ts'
import type { Token } from './tokens.ts'

/** A source file that is shipped. */
export interface Source {
  /** From the root of the repository. */
  readonly file: string
  readonly text: string
  readonly tokens: readonly Token[]
}

const read = new Map<string, readonly Source[]>()

/** The sources of a package, by its folder in `packages`. */
export function sourcesOf(root: string, name: string): readonly Source[] {
  const folder = `packages/${name}/src`
  let sources = read.get(folder)
  if (sources === undefined) {
    sources = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .map((path) => sourceOf(`${folder}/${path}`, readFileSync(join(root, folder, path), 'utf8')))
    read.set(folder, sources)
  }
  return sources
}

export function sourceOf(file: string, text: string): Source {
  return { file, text, tokens: tokensOf(text) }
}

/** The names of what is declared around a place, outermost first. */
export function declarationsAround({ text }: Source, from: number, to: number): string[] {
  const names: string[] = []
  const file = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, false)
  const visit = (node: ts.Node): void => {
    if (node.getStart(file) > from || node.end < to) return
    const { name } = node as { readonly name?: ts.Node }
    if (name !== undefined) names.push(name.getText(file))
    node.forEachChild(visit)
  }
  visit(file)
  return names
}
