import process from 'node:process'
import { readEndState } from './read-end-state.ts'

/**
 * `node main.js redis://…,redis://… queue channel queue queue…`: prints what is stored of them. Knows
 * docs/redis-layout.md and no package of mq.
 */
const [urls, queue, channel, scheduled, ...flows] = process.argv.slice(2)
if (!urls || !queue || !channel || !scheduled) {
  throw new Error(
    'usage: end-state <redis urls> <queue> <channel with history> <queue with schedules> <queues with flows>…',
  )
}
process.stdout.write(JSON.stringify(await readEndState(urls.split(','), { queue, channel, scheduled, flows })))
