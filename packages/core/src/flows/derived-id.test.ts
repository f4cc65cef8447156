import { expect, it } from 'vitest'
import { derivedId, formerId } from './derived-id.ts'

const PARTS = ['a', 'a:', ':a', 'a:b', 'b', 'b:a', 'x'.repeat(100), `${'x'.repeat(100)}:`, '0', 'f'.repeat(64)]

it('is another for each queue, id and label, and may be an id', async () => {
  const ids = new Map<string, string>()
  for (const queue of ['a', 'b', 'a/b', 'b/a', 'a.b']) {
    for (const id of PARTS) {
      for (const label of [...PARTS.map((part) => part.slice(0, 64)), 0, 'next']) {
        const derived = await derivedId(queue, id, label)
        expect(derived).toMatch(/^[A-Za-z0-9._:-]{1,128}$/)
        // What a run enqueues first has no label but a number, and labels are none.
        const whole = JSON.stringify([queue, id, String(label)])
        expect(ids.get(derived) ?? whole).toBe(whole)
        ids.set(derived, whole)
      }
    }
  }
})

it('is what it was, where that was one task’s', async () => {
  expect(await derivedId('mails', 'n123', 'next')).toBe('mails:n123:next')
  expect(await derivedId('news/audit', '17-2', 0)).toBe('news:audit:17-2:0')
  expect(await formerId('mails', 'n123', 'next')).toBeUndefined()
  const long = await derivedId('mails', 'x'.repeat(128), 0)
  expect(long).toHaveLength(128)
  expect(long).not.toContain('::')
  expect(await formerId('mails', 'a:b', 'c')).toBe('mails:a:b:c')
})
