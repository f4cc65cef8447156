// Writes the OpenAPI documents of the console and of apps/web into a folder, as JSON: `describe-apis.mjs FOLDER`.
// Run with `--conditions=@mq/source --import tsx`, since it asks the programs as their source is.
import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBroker, silentLogger } from '../packages/core/src/index.ts'
import { memoryAdapter } from '../packages/memory-adapter/src/index.ts'
import { mqConsole } from '../packages/console/src/index.ts'
import { buildApp } from '../apps/web/src/app.ts'

const [folder] = process.argv.slice(2)
const fastify = createRequire(new URL('../packages/console/package.json', import.meta.url))('fastify')
const broker = createBroker(memoryAdapter(), { logger: silentLogger })
const host = fastify()
await host.register(mqConsole, { broker })
const web = await buildApp({ broker })

for (const [name, app, path] of [
  ['console', host, '/console/api/v1/openapi.json'],
  ['web', web, '/openapi.json'],
]) {
  await app.ready()
  writeFileSync(join(folder, `${name}.json`), JSON.stringify((await app.inject(path)).json()))
  await app.close()
}
await broker.close()
