import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import serveFiles from '@fastify/static'
import type { CheckedOptions } from './check-options.ts'
import type { ConsoleApp } from './console-app.ts'
import { Problem } from './problems/problem.ts'

/** From `src` and from `dist` alike. */
const PAGE = new URL('../dist/page/', import.meta.url)
const YEAR_MS = 31_536_000_000

/** What is not the address of a view. */
const NOT_A_VIEW = /^(api|assets|metrics)(\/|$)/

/**
 * The page, if it was built: its files, and itself at every other address, since each view has one of its own. One
 * build serves any base path: that is written into the page, whose links are relative to it. Anyone may load it; what
 * it shows comes from the API.
 */
export async function pageRoutes(app: ConsoleApp, { basePath }: CheckedOptions): Promise<void> {
  const index = new URL('index.html', PAGE)
  if (!existsSync(index)) return
  const page = readFileSync(index, 'utf8').replace('<base href="/" />', `<base href="${basePath}/" />`)
  const icon = readFileSync(new URL('icon.svg', PAGE))

  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, role: 'anyone' }
      route.schema = { ...route.schema, hide: true }
    })
    // Their names change with their content.
    await scope.register(serveFiles, {
      root: fileURLToPath(new URL('assets/', PAGE)),
      prefix: '/assets/',
      preCompressed: true,
      immutable: true,
      maxAge: YEAR_MS,
      decorateReply: false,
    })
    scope.get('/icon.svg', async (_request, reply) => {
      return reply.type('image/svg+xml').header('cache-control', 'public, max-age=86400').send(icon)
    })
    for (const path of ['/', '/*']) {
      scope.get<{ Params: { '*'?: string } }>(path, async (request, reply) => {
        if (NOT_A_VIEW.test(request.params['*'] ?? '')) {
          throw new Problem(404, 'not-found', 'there is nothing at this address')
        }
        return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page)
      })
    }
  })
}
