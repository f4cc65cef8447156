import { expect, it } from 'vitest'
import { createVirtualClock } from '../testing/virtual-clock.ts'
import { Grants } from './grants.ts'
import type { GrantsParts } from './grants.ts'

it('remembers the last sixteen that arrived', () => {
  const roles = { services: { clock: createVirtualClock() }, listening: { live: true }, slots: { hasFree: true } }
  const grants = new Grants({ ...roles, leaseMs: 30_000 } as unknown as GrantsParts)
  for (let n = 1; n <= 17; n++) expect(grants.arrives(`${n}#0`)).toBe(true)
  for (let n = 2; n <= 17; n++) expect(grants.arrives(`${n}#0`)).toBe(false)
  expect(grants.arrives('1#0')).toBe(true)
})
