import { describe, expect, it } from 'vitest'
import type { TurnReply } from '../ports/queue-driver.ts'
import { createVirtualClock } from '../testing/virtual-clock.ts'
import { Grants } from './grants.ts'
import type { GrantsParts } from './grants.ts'

const roles = { services: { clock: createVirtualClock() }, listening: { live: true }, slots: { hasFree: true } }
const grantsOf = (...leases: string[]): Grants => {
  const grants = new Grants({ ...roles, leaseMs: 30_000 } as unknown as GrantsParts)
  for (const lease of leases) grants.arrives(lease)
  return grants
}

describe('a grant that a reply brings again', () => {
  const reply = (granted: string): TurnReply =>
    ({ claimed: [{ lease: granted }, { lease: 'other' }], granted }) as unknown as TurnReply
  const brought = (grants: Grants, named: string | undefined, held: readonly string[] = []): readonly string[] =>
    grants.newOf(reply('a'), named, (lease) => held.includes(lease)).map(({ lease }) => lease)

  it('and that crossed with its hint is not started twice', () => {
    expect(brought(grantsOf('a'), undefined)).toEqual(['other'])
    expect(brought(grantsOf('before', 'a'), 'before')).toEqual(['other'])
  })

  it('although a turn named it, or a later one, was forgotten with what became of it: it is started and named again', () => {
    for (const [grants, named] of [
      [grantsOf('a'), 'a'],
      [grantsOf('a', 'b', 'c'), 'b'],
      [grantsOf('a', 'b', 'c'), 'c'],
    ] as const) {
      expect(brought(grants, named)).toEqual(['a', 'other'])
      expect(grants.newest).toBe('a')
      // Another turn that was under way brings it, too.
      if (named !== 'a') expect(brought(grants, named)).toEqual(['other'])
    }
  })

  it('and is held here is not started twice, but named, so that it is not given for ever', () => {
    const grants = grantsOf('a', 'b')
    expect(brought(grants, 'b', ['a'])).toEqual(['other'])
    expect(grants.newest).toBe('a')
  })

  it('is not started by a worker that closes', () => {
    const grants = grantsOf('a', 'b')
    grants.close()
    expect(brought(grants, 'b')).toEqual(['other'])
  })
})

it('remembers the last sixteen that arrived', () => {
  const grants = grantsOf()
  for (let n = 1; n <= 17; n++) expect(grants.arrives(`${n}#0`)).toBe(true)
  for (let n = 2; n <= 17; n++) expect(grants.arrives(`${n}#0`)).toBe(false)
  expect(grants.arrives('1#0')).toBe(true)
})
