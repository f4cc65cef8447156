import process from 'node:process'
import { readEndState } from './read-end-state.ts'

/**
 * `node main.js redis://… queue channel queue queue…`: prints what is stored of them. Knows docs/redis-layout.md and no
 * package of mq.
 */
const [url, queue, channel, scheduled, ...flows] = process.argv.slice(2)
if (!url || !queue || !channel || !scheduled) {
  throw new Error(
    'usage: end-state <redis url> <queue> <channel with history> <queue with schedules> <queues with flows>…',
  )
}
process.stdout.write(JSON.stringify(await readEndState(url, { queue, channel, scheduled, flows })))
