import type { Turn } from '@mq/core'

/** When the turn of a lane was first sent: a repetition is answered with what was done then. */
export function rememberFirstSent(now: () => number): (turn: Turn) => number {
  const sent = new Map<string, { readonly seq: number; readonly at: number }>()
  return ({ lane, seq }) => {
    const known = sent.get(lane)
    if (known?.seq === seq) return known.at
    const at = now()
    sent.set(lane, { seq, at })
    return at
  }
}
