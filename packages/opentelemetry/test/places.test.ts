import { expect, it } from 'vitest'
import { Places } from '../src/places.ts'

it('two hundred queues and groups have metrics of their own, however many there are', () => {
  const places = new Places()
  const of = (queue: string) => places.of(queue)['messaging.destination.name']
  const given = Array.from({ length: 5_000 }, (_, i) => of(`tenant-${i}`))
  expect(new Set(given).size).toBe(201)
  expect(given.slice(0, 200)).not.toContain('_OTHER')
  expect([of('tenant-7'), of('tenant-4711')]).toEqual(['tenant-7', '_OTHER'])
  expect(places.of('news/audit')).toEqual({ 'messaging.system': 'mq', 'messaging.destination.name': '_OTHER' })
})
