import type { NumberAccount } from './account.ts'

/** The account of a number that no event names. */
export const NOTHING: NumberAccount = { claims: [], starts: [], settles: [], extends: [], cancels: [], redrives: [] }

/**
 * How many lives a number may have had: each time that it was buried it is redriven at most once, however often that
 * was asked for.
 */
export function livesOf({ redrives }: NumberAccount): number {
  const deaths = redrives.filter(({ ev }) => ev === 'redrive.invoke').map(({ diedAt }) => diedAt)
  return 1 + new Set(deaths).size
}

type Start = NumberAccount['starts'][number]

/** It was buried by this start's own lease, and redriven afterwards. */
export function beganAnewAfter(number: NumberAccount, { proc, fence }: Start): boolean {
  const lease = number.claims.find((claim) => claim.proc === proc && claim.fence === fence)?.lease
  return (
    livesOf(number) > 1 &&
    number.settles.some((each) => each.ev === 'settle.ok' && each.kind === 'bury' && each.lease === lease)
  )
}
