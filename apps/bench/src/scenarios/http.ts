import { Pool } from 'undici'
import { Audit } from '../audit.ts'
import type { Contender } from '../contenders/contender.ts'
import type { WebOrder } from '../helpers/web-role.ts'
import { makeTask } from '../task.ts'
import { handleAll } from './handle-all.ts'
import { quantile } from './latency.ts'
import type { Helper, Scenario, Stage } from './scenario.ts'

/** Not counted: until the code of both sides is compiled, however few are counted. */
const LEAD_IN = 6_000
const MOST_LEAD_IN_SHARE = 3
const DRAIN_CONCURRENCY = 100
const PATH = '/queues/bench/tasks'
const HEADERS = { 'content-type': 'application/json' }

/** Posts of one task each by callers who wait for the answer before the next, each on a connection of its own. */
function scenario(callers: number, counts: Scenario['counts']): Scenario {
  return {
    name: `http-${callers}`,
    counts,
    warmUp: false,
    async run(stage, count) {
      const { url, contender, helper } = stage
      const total = count + Math.min(LEAD_IN, count * MOST_LEAD_IN_SHARE)
      const server = helper('web')
      let measures
      try {
        measures = await post(server, stage, callers, { leadIn: total - count, total })
      } finally {
        server.end()
      }
      if (!contender.web!.forgets) await audit(url, contender, total)
      return measures
    },
  }
}

async function post(
  server: Helper,
  { contender, url, profile }: Stage,
  callers: number,
  { leadIn, total }: { readonly leadIn: number; readonly total: number },
): Promise<{ readonly perSecond: number; readonly p50Ms: number; readonly cpuUs: number }> {
  const ask = (order: WebOrder): Promise<unknown> => server.ask(order)
  const pool = new Pool(String(await ask({ act: 'serve', contender: contender.name, url })), { connections: callers })
  const answers: string[] = []
  const takenMs: number[] = []
  let next = 0
  const callUntil = async (end: number): Promise<void> => {
    while (next < end) {
      const body = JSON.stringify({ payload: makeTask(next++) })
      const calledAt = performance.now()
      const answer = await pool.request({ method: 'POST', path: PATH, headers: HEADERS, body })
      const text = await answer.body.text()
      takenMs.push(performance.now() - calledAt)
      if (answer.statusCode !== 202) throw new Error(`a task was answered with ${answer.statusCode}: ${text}`)
      answers.push(text)
    }
  }
  const all = (end: number): Promise<unknown> => Promise.all(Array.from({ length: callers }, () => callUntil(end)))
  await all(leadIn)
  takenMs.length = 0
  await ask({ act: 'begin', profile })
  const startedAt = performance.now()
  await all(total)
  const tookMs = performance.now() - startedAt
  const cpuUs = Number(await ask({ act: 'end' }))
  await pool.close()
  await ask({ act: 'close' })
  const ids = new Set(answers.map((text) => (JSON.parse(text) as { readonly id: string }).id))
  if (ids.size !== total) throw new Error(`${total} tasks were answered with ${ids.size} ids`)
  const count = total - leadIn
  takenMs.sort((a, b) => a - b)
  return { perSecond: (count / tookMs) * 1_000, p50Ms: quantile(takenMs, 0.5), cpuUs: cpuUs / count }
}

/** Each task that was answered is there, once. */
async function audit(url: string, contender: Contender, total: number): Promise<void> {
  const producer = await contender.connectProducer(url)
  await handleAll({ url, contender, producer, audit: new Audit(total), concurrency: DRAIN_CONCURRENCY })
  await producer.close()
}

export const http10: Scenario = scenario(10, {
  'mq-web': 12_000,
  fastify: 16_000,
  'fastify-rpush': 12_000,
  'fastify-bullmq': 6_000,
})

export const http100: Scenario = scenario(100, {
  'mq-web': 15_000,
  fastify: 20_000,
  'fastify-rpush': 15_000,
  'fastify-bullmq': 7_000,
})
