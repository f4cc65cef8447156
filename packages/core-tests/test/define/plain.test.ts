import { defineChannel, defineQueue, MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'

const queue = (options: object): unknown => defineQueue({ name: 'q', ...options })
const channel = (options: object): unknown => defineChannel({ name: 'c', ...options })

describe('lists and channels of other programs', () => {
  it('have defaults', () => {
    expect(defineQueue({ name: 'q', inbox: 'a:b', outbox: 'c' })).toMatchObject({
      inbox: { key: 'a:b', end: 'right', format: 'json', maxBytes: 1_048_576 },
      outbox: { key: 'c', format: 'json' },
    })
    expect(defineChannel({ name: 'c', raw: 'a:b' }).raw).toEqual({ topic: 'a:b', format: 'json' })
    expect(defineQueue({ name: 'q' })).toMatchObject({ inbox: undefined, outbox: undefined })
  })

  it.each([
    ['no key', queue, { inbox: '' }],
    ['a long key', queue, { inbox: { key: 'x'.repeat(1_025) } }],
    ['a key that is none', queue, { outbox: { key: 7 } }],
    ['another end', queue, { inbox: { key: 'a', end: 'top' } }],
    ['another format', queue, { inbox: { key: 'a', format: 'xml' } }],
    ['another format of an outbox', queue, { outbox: { key: 'a', format: 'xml' } }],
    ['an option that there is not', queue, { outbox: { key: 'a', end: 'left' } }],
    ['no object', queue, { inbox: 7 }],
    ['no topic', channel, { raw: {} }],
    ['another format of a channel', channel, { raw: { topic: 'a', format: 'xml' } }],
    ['a history', channel, { raw: 'a', history: { maxCount: 1 } }],
    ['shards', channel, { raw: 'a', sharded: true }],
  ])('with %s are refused', (_what, define, options) => {
    expect(() => define(options)).toThrow(TypeError)
  })

  it('are not one for both', () => {
    const both = (): unknown => queue({ inbox: { key: 'one', end: 'left' }, outbox: 'one' })
    expect(both).toThrow(expect.objectContaining({ code: 'invalid-inbox' }))
    try {
      both()
    } catch (error) {
      expect(MqError.is(error, 'invalid-inbox')).toBe(true)
    }
  })
})
