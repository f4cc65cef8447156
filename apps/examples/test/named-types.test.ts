// A type that is named in place of a schema, as users of other queues write it. Asserted by `tsc`.
import { createBroker, defineChannel, definePattern, defineQueue, unchecked } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { afterAll, describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

interface Email {
  readonly to: string
}

const broker = createBroker(memoryAdapter())
afterAll(() => broker.close())

/** Its body is type-checked and never run. */
// oxlint-disable-next-line vitest/valid-title -- the title is the caller's
const compiles = (name: string, _body: () => unknown): void => it(name, () => {})

describe('a definition with a type and no schema', () => {
  compiles('has that type for its payloads and results, unchecked', () => {
    const queue = broker.queue(defineQueue<Email, { sent: boolean }>({ name: 'mails', attempts: 3 }))
    expectTypeOf(queue.enqueue).parameter(0).toEqualTypeOf<Email>()
    // @ts-expect-error: another payload
    void queue.enqueue({ from: 'a@b.c' })
    queue.process(({ to }) => ({ sent: to !== '' }))
    // @ts-expect-error: another result
    queue.process(() => ({ sent: 'yes' }))
    expectTypeOf(broker.queue(defineQueue({ name: 'any' })).enqueue)
      .parameter(0)
      .toBeUnknown()
  })

  compiles('has it for its messages', () => {
    void broker.channel(defineChannel<Email>({ name: 'news' })).subscribe(({ payload }) => {
      expectTypeOf(payload).toEqualTypeOf<Email>()
    })
    void broker.pattern(definePattern<Email>({ pattern: 'news.*' })).subscribe(({ payload }) => {
      expectTypeOf(payload).toEqualTypeOf<Email>()
    })
  })

  compiles('takes a schema of that type, and no other', () => [
    defineQueue<Email>({ name: 'mails', payload: z.object({ to: z.string() }) }),
    defineQueue<Email>({ name: 'mails', payload: unchecked() }),
    // @ts-expect-error: `to` is a string
    defineQueue<Email>({ name: 'mails', payload: z.object({ to: z.number() }) }),
    // @ts-expect-error: a value is not a schema
    defineQueue({ name: 'mails', payload: { to: 'a@b.c' } }),
  ])
})
