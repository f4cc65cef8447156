import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { WebApp } from '../web-app.ts'

const FILES = [
  { url: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { url: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  { url: '/feed.css', file: 'feed.css', type: 'text/css; charset=utf-8' },
  { url: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { url: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
]

/** The page: a few files that never change while this runs, so they are read once. */
export async function pageRoutes(app: WebApp, directory: URL): Promise<void> {
  for (const { url, file, type } of FILES) {
    const content = await readFile(new URL(file, directory))
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag)
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.type(type).send(content)
    })
  }
}
