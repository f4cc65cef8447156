import { startRedis } from '../src/index.ts'

/** A program that starts a server and then never stops it. */
const { port, directory } = await startRedis()
console.log(JSON.stringify({ port, directory }))
