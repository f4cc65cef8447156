import type { ConsoleApp } from '../console-app.ts'
import { Problem } from '../problems/problem.ts'

/** Bodies are JSON and nothing else, whatever parsers the host has: others are what a form of another site may send. */
export function acceptJson(app: ConsoleApp): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))
  app.addHook('onRequest', async ({ headers }) => {
    const coding = headers['content-encoding']
    if (coding === undefined || coding === 'identity') return
    throw new Problem(415, 'wrong-content-coding', 'send the body without a content-encoding')
  })
}
