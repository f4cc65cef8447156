import { ENDED_LANE_KEPT_MS, ID_KEPT_MS, LANE_KEPT_MS, MAX_COUNTED, MAX_LEASE_MS } from '@mq/core/adapter'
import { describe, expect, it } from 'vitest'
import { inspectScript } from '../src/scripts/inspect.ts'
import * as endings from '../src/scripts/lua-endings.ts'
import * as parts from '../src/scripts/lua-parts.ts'

describe('what @mq/core/adapter states is what the scripts keep:', () => {
  it('the longest lease', () => {
    expect(parts.MAX_LEASE_MS).toBe(MAX_LEASE_MS)
  })

  it('how long an id stands for its task after the end', () => {
    expect(endings.ID_KEPT_MS).toBe(ID_KEPT_MS)
  })

  // A lane that ended bears a time that is older than its end by the difference.
  it.each([LANE_KEPT_MS, LANE_KEPT_MS - ENDED_LANE_KEPT_MS])('how long a lane is remembered, %i ms', (ms) => {
    expect(parts.FORGET_LANES).toMatch(new RegExp(`\\b${ms}\\b`))
  })

  it('how far the line before a task is counted', () => {
    expect(JSON.stringify(inspectScript)).toMatch(new RegExp(`\\b${MAX_COUNTED}\\b`))
  })
})
