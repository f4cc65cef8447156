import type { Edit } from './mutant.ts'
import { declarationsAround } from './sources.ts'
import type { Source } from './sources.ts'
import { tokensOfPiece } from './tokens.ts'

/** Where an edit belongs, and what is there then. */
export interface Place {
  readonly file: string
  readonly start: number
  readonly end: number
  readonly text: string
}

/** How many places an error names that are like the one that is not there. */
const CANDIDATES = 3

interface Match extends Place {
  readonly source: Source
}

/** A mutant whose place is not found any more, or is one of several, proves nothing: this must not go by in silence. */
export function findPlace(sources: readonly Source[], edit: Edit): Place {
  const pattern = tokensOfPiece(edit.find)
  const matches = sources.flatMap((source) => matchesIn(source, pattern, edit.replace))
  const { within } = edit
  const fitting = matches.filter(
    ({ source, start, end }) => within === undefined || declarationsAround(source, start, end).includes(within),
  )
  const [place] = fitting
  if (place !== undefined && fitting.length === 1) {
    const { file, start, end, text } = place
    return { file, start, end, text }
  }
  const where = matches.length > 0 ? matches.map(describe) : [nearest(sources, pattern)]
  const scope = within === undefined ? '' : ` within ${within}`
  throw new Error(`found ${fitting.length} times${scope}, not once: ${edit.find} (${where.join('; ')})`)
}

/** Puts a defect in. The places of one file must not overlap. */
export function putIn(text: string, places: readonly Place[]): string {
  const backwards = [...places].sort((a, b) => b.start - a.start)
  return backwards.reduce(
    (broken, { start, end, text: piece }) => broken.slice(0, start) + piece + broken.slice(end),
    text,
  )
}

function matchesIn(source: Source, pattern: readonly string[], replace: string): Match[] {
  const { tokens, file } = source
  const found: Match[] = []
  const [first] = pattern
  for (let at = 0; at + pattern.length <= tokens.length; at++) {
    // Most places differ in the first token, and all places are looked at for each mutant.
    if (tokens[at]!.text !== first && !isVariable(first!)) continue
    const words = new Map<string, string>()
    if (matching(source, at, pattern, words) < pattern.length) continue
    const { start } = tokens[at]!
    const { end } = tokens[at + pattern.length - 1]!
    const text = replace.replace(/\$[a-z]\w*/g, (word) => words.get(word) ?? word)
    found.push({ source, file, start, end, text })
  }
  return found
}

/** How many tokens of the pattern are there. */
function matching({ tokens }: Source, at: number, pattern: readonly string[], words: Map<string, string>): number {
  for (const [i, wanted] of pattern.entries()) {
    const text = tokens[at + i]?.text
    if (text === undefined) return i
    if (!isVariable(wanted)) {
      if (text !== wanted) return i
    } else if (!/^\w/.test(text) || (words.get(wanted) ?? text) !== text) return i
    else words.set(wanted, text)
  }
  return pattern.length
}

/** It stands for any word. */
function isVariable(token: string): boolean {
  return /^\$[a-z]/.test(token)
}

/** Where most of the pattern is, from its beginning. */
function nearest(sources: readonly Source[], pattern: readonly string[]): string {
  const begun = sources.flatMap((source) =>
    source.tokens.map(({ start }, at) => ({ source, start, common: matching(source, at, pattern, new Map()) })),
  )
  const [first, ...others] = begun.sort((a, b) => b.common - a.common).slice(0, CANDIDATES)
  if (first === undefined || first.common === 0) return 'nothing like it is there'
  const alike = [first, ...others.filter(({ common }) => common > 0)]
  return `the nearest: ${alike.map(({ source, start, common }) => `${describe({ source, start, file: source.file })}, ${common} of ${pattern.length}`).join('; ')}`
}

function describe({ source, start, file }: Pick<Match, 'source' | 'start' | 'file'>): string {
  return `${file}:${source.text.slice(0, start).split('\n').length}`
}
