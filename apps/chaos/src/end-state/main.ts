import process from 'node:process'
import { readQueue } from './read-queue.ts'

/** `node main.js redis://… queue`: prints what is stored of a queue. Knows docs/redis-layout.md and no package of mq. */
const [url, queue] = process.argv.slice(2)
if (!url || !queue) throw new Error('usage: end-state <redis url> <queue>')
process.stdout.write(JSON.stringify(await readQueue(url, queue)))
