import { defineChannel, retry } from '@mq/core'
import type { Context, Message, Middleware, Verdict } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { wholeNumber } from '../../values.ts'

const numbers = defineChannel({ name: 'numbers', message: wholeNumber, history: { maxCount: 1_000 } })
const AT_ONCE = { backoff: { kind: 'fixed', baseMs: 0 } } as const

export function messageHeaders(test: Test): void {
  test(
    'gives the headers of a message to its context too, also of one that comes again',
    async (scene) => {
      const news = scene.broker().channel(numbers)
      const seen: unknown[] = []
      const middleware: Middleware = (next) => (payload, context) => {
        seen.push(['middleware', context.attempt, { ...context.headers }])
        return next(payload, context)
      }
      const handler = ({ headers }: Message<number>, context: Context): Verdict | undefined => {
        seen.push([{ ...headers }, context.attempt, { ...context.headers }])
        return context.attempt === 1 && context.headers['trace'] !== undefined ? retry() : undefined
      }
      await scene.during(
        news.consume('audit', handler, { concurrency: 1, from: 'latest', middleware: [middleware], ...AT_ONCE }),
      )
      await news.publish(1, { headers: { trace: 'abc', 'line\n': '"' } })
      await scene.eventually(() => seen.length === 4, 'both attempts')
      await news.publish(2)
      await scene.eventually(() => seen.length === 6, 'the message without headers')
      const headers = { trace: 'abc', 'line\n': '"' }
      assert.deepEqual(seen, [
        ['middleware', 1, headers],
        [headers, 1, headers],
        ['middleware', 2, headers],
        [headers, 2, headers],
        ['middleware', 1, {}],
        [{}, 1, {}],
      ])
    },
    { capability: 'groups' },
  )
}
