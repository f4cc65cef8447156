import type { WebApp } from '../web-app.ts'
import { Refusal } from './refusal.ts'

/** A request on a connection that is still open while the app closes belongs to another instance. */
export function refuseWhenClosing(app: WebApp, closing: AbortSignal): void {
  app.addHook('onRequest', (_request, _reply, done) => {
    if (closing.aborted) throw new Refusal(503, 'closing', 'this process is about to end: send it again', 1)
    done()
  })
}
