import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import type { Killer } from './mutant.ts'

/** A file that has tests, and how their titles are written. */
export interface TestFile {
  /** From the root of the repository. */
  readonly file: string
  readonly titles: readonly Title[]
  /** It runs the cases of the conformance suite as well. */
  readonly isSuite: boolean
}

/** A title as it is written: what is put into it comes between the pieces. */
export interface Title {
  readonly pieces: readonly string[]
  /** The titles around it. */
  readonly under: readonly string[]
}

/** Itself, or by a file that runs it for several servers. */
const SUITE = /from '(@mq\/conformance|\.[^']*\/conformance-on\.ts)'/
const CASES = 'packages/conformance/src'
/** What a title of `it.each` has in the place of a value. */
const VALUE = /%[sdifjoO#$]|\$\w[\w.]*/
const read = new Map<string, readonly TestFile[]>()

/**
 * The file whose test has this title, whatever its own name and folder: from the root of the repository, as vitest is
 * given it. The one in which most of the title is written out, since `it.each` puts some of them together. A case of
 * the conformance suite is in the file that runs it.
 */
export function findTest(root: string, { in: workspace, ...killer }: Killer): string {
  const own = testFilesIn(root, `packages/${workspace}/test`)
  const found = bestOf([...own, ...testFilesIn(root, CASES)], killer)
  const [one] = found
  const runs = found.length !== 1 ? found : own.includes(one!) ? [one!] : suitesIn(own)
  if (runs.length === 1) return runs[0]!.file
  const where = found.map(({ file }) => `; ${file}`).join('')
  throw new Error(
    `a test with this title is in ${found.length} files of ${workspace}, not in one: ${killer.test}${where}`,
  )
}

/** Where several files run the suite, the adapter as it is has the one that is called after it. */
function suitesIn(own: readonly TestFile[]): readonly TestFile[] {
  const suites = own.filter(({ isSuite }) => isSuite)
  return suites.length === 1 ? suites : suites.filter(({ file }) => file.endsWith('/conformance.test.ts'))
}

/**
 * The files that have the title, and as much of it as any. One of which nothing is written out needs what is around it.
 */
export function bestOf(files: readonly TestFile[], { test, under }: Pick<Killer, 'test' | 'under'>): TestFile[] {
  const scored = files.map((file) => {
    const titles = file.titles.filter((title) => under === undefined || title.under.includes(under))
    return { file, score: Math.max(-1, ...titles.map((title) => lettersWritten(title, test))) }
  })
  const most = Math.max(under === undefined ? 1 : 0, ...scored.map(({ score }) => score))
  return scored.filter(({ score }) => score === most).map(({ file }) => file)
}

/**
 * How many letters of a title are in its source; -1 where it is not that title. One that is written out counts more
 * than any other.
 */
function lettersWritten({ pieces }: Title, test: string): number {
  if (pieces.length === 1) return pieces[0] === test ? Infinity : -1
  const pattern = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')
  return new RegExp(`^${pattern}$`, 's').test(test) ? pieces.join('').length : -1
}

function testFilesIn(root: string, folder: string): readonly TestFile[] {
  let files = read.get(folder)
  if (files === undefined) {
    files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => (folder === CASES ? path.endsWith('.ts') : path.endsWith('.test.ts')))
      .map((path) => testFileOf(`${folder}/${path}`, readFileSync(join(root, folder, path), 'utf8')))
    read.set(folder, files)
  }
  return files
}

export function testFileOf(file: string, text: string): TestFile {
  const titles: Title[] = []
  const visit = (node: ts.Node, under: readonly string[]): void => {
    const title = ts.isCallExpression(node) ? node.arguments[0] : undefined
    const name = ts.isCallExpression(node) ? calledName(node.expression) : ''
    const pieces = title && piecesOf(title)
    if (pieces !== undefined && (name === 'it' || name === 'test' || isCase(node))) titles.push({ pieces, under })
    const within = pieces !== undefined && name === 'describe' ? [...under, pieces.join('%s')] : under
    node.forEachChild((child) => visit(child, within))
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false), [])
  return { file, titles, isSuite: SUITE.test(text) }
}

/** A title and what it does, given to a function of the file, as where some cases need the same preparation. */
function isCase(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text === 'describe')
    return false
  const body = node.arguments[1]
  return body !== undefined && (ts.isArrowFunction(body) || ts.isFunctionExpression(body))
}

/** `it` in `it(…)`, `it.concurrent(…)`, `it.each(…)(…)`. */
function calledName(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return calledName(node.expression)
  return ts.isTaggedTemplateExpression(node) ? calledName(node.tag) : ''
}

function piecesOf(node: ts.Expression): string[] | undefined {
  if (ts.isStringLiteralLike(node)) return node.text.split(VALUE)
  if (!ts.isTemplateExpression(node)) return undefined
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].flatMap((part) => part.split(VALUE))
}
