// The programs that trace and measure, as programs.test.ts runs the others.
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from './run-program.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

describe.each(['memory', 'redis'] as const)('on %s', (storage) => {
  const run = (file: string) => runProgram(file, storage === 'redis' ? redis.url : undefined)

  it('OpenTelemetry sees one trace from the request to the last task', async () => {
    const { lines, errors } = await run('tracing.ts')
    expect(errors).toBe('')
    expect(lines[0]).toBe('invoice of order 7')
    expect(lines.slice(1).toSorted()).toEqual([
      'POST /orders, in nothing',
      'enqueue invoices, in run orders',
      'enqueue orders, in POST /orders',
      'run invoices, in enqueue invoices',
      'run orders, in enqueue orders',
    ])
  })

  it('Prometheus scrapes what waits, what ended and what ran', async () => {
    const { lines, errors } = await runProgram('metrics.ts', storage === 'redis' ? `${redis.url}/1` : undefined)
    expect({ lines, errors }).toEqual({
      lines: [
        'mq_queue_delayed{queue="reports"} 1',
        'mq_tasks_total{queue="reports",outcome="completed"} 1',
        'mq_tasks_total{queue="reports",outcome="dead"} 0',
        'mq_tasks_total{queue="reports",outcome="expired"} 0',
        'mq_tasks_total{queue="reports",outcome="cancelled"} 0',
        'mq_run_seconds_count{queue="reports"} 1',
      ],
      errors: '',
    })
  })
})
