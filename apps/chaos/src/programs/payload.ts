import type { Dice } from '../seeded.ts'

/** What a task carries. Its text begins with the number, by which the checker finds it in Redis. */
export interface Payload {
  readonly task: number
  readonly pad: string
  readonly workMs: number
  /** Its handler answers with the number of the task. */
  readonly answers?: boolean | undefined
  /** How often its handler throws before it returns. */
  readonly fails?: number | undefined
  /** Its handler asks once for a retry that counts for nothing, or for its burial. */
  readonly asks?: 'again' | 'bury' | undefined
  /** `poison` ends its process; `busy` blocks its event loop for `workMs`. */
  readonly kind?: 'poison' | 'busy' | undefined
  /** A handler that stops when its signal aborts; the others go on regardless. */
  readonly stops?: boolean | undefined
}

const PIECES = ['plain ', 'zwölf ', '日本 ', '😀', '"\\\n\t', '{"__proto__":1}', '|#,', '\u2028', ' ']

export function padding(dice: Dice, pieces: number): string {
  return Array.from({ length: pieces }, () => dice.oneOf(PIECES)).join('')
}
