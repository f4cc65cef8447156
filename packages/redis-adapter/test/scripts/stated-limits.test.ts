import { ENDED_LANE_KEPT_MS, ID_KEPT_MS, LANE_KEPT_MS, MAX_COUNTED, MAX_LEASE_MS } from '@mq/core/adapter'
import { expect, it } from 'vitest'
import { inspectScript } from '../../src/scripts/queue/inspect.ts'
import { settleAndClaimScript } from '../../src/scripts/queue/settle-and-claim.ts'

// A lane that ended bears a time that is older than its end by the difference.
it.each([
  ['the longest lease', settleAndClaimScript, MAX_LEASE_MS],
  ['how long an id stands for its task after the end', settleAndClaimScript, ID_KEPT_MS],
  ['how long a lane is remembered', settleAndClaimScript, LANE_KEPT_MS],
  ['how long a lane that ended is', settleAndClaimScript, LANE_KEPT_MS - ENDED_LANE_KEPT_MS],
  ['how far the line before a task is counted', inspectScript, MAX_COUNTED],
])('what @mq/core/adapter states is what the scripts keep: %s', (_what, script, stated) => {
  expect(script.lua).toMatch(new RegExp(`\\b${stated}\\b`))
})
