import { expect, it } from 'vitest'
import { Audit, AuditError } from '../src/audit.ts'

const handle = (size: number, ...handled: number[]): Audit => {
  const audit = new Audit(size)
  for (const n of handled) audit.handled(n)
  return audit
}

const findingsOf = (verify: () => void): AuditError['findings'] => {
  try {
    verify()
  } catch (error) {
    if (error instanceof AuditError) return error.findings
    throw error
  }
  throw new Error('the audit found nothing')
}

it('passes when each task was handled once, in any order', () => {
  const audit = handle(4, 2, 0, 3, 1)
  expect(() => audit.verify()).not.toThrow()
  expect(audit.total).toBe(4)
})

it('finds a task that was lost', () => {
  expect(findingsOf(() => handle(4, 0, 1, 3).verify())).toEqual({ size: 4, lost: [2], doubled: [], strangers: 0 })
})

it('finds a task that was handled twice', () => {
  expect(findingsOf(() => handle(3, 0, 1, 1, 2).verify())).toEqual({ size: 3, lost: [], doubled: [1], strangers: 0 })
})

it('is not deceived when one is lost and another is doubled, so that the total is right', () => {
  const audit = handle(3, 0, 2, 2)
  expect(audit.total).toBe(3)
  expect(() => audit.verify()).toThrow('of 3 tasks lost 1 (1), handled twice or more 1 (2), never enqueued 0')
})

it('finds a task that nobody enqueued', () => {
  expect(findingsOf(() => handle(2, 0, 1, 2).verify()).strangers).toBe(1)
  expect(findingsOf(() => handle(2, 0, 1, Number.NaN).verify()).strangers).toBe(1)
})

it('allows tasks to wait where a scenario stops early, and still none to be handled twice', () => {
  expect(() => handle(4, 0, 1).verifyNoneTwice()).not.toThrow()
  expect(findingsOf(() => handle(4, 0, 0).verifyNoneTwice()).doubled).toEqual([0])
})

it('counts a task that is handled 300 times as doubled', () => {
  expect(findingsOf(() => handle(1, ...Array<number>(300).fill(0)).verify()).doubled).toEqual([0])
})

it('names the first few of many', () => {
  expect(() => new Audit(1_000).verify()).toThrow('lost 1000 (0, 1, 2, 3, 4, …)')
})
