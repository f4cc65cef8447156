import type { WebApp } from '../web-app.ts'
import { Refusal } from './refusal.ts'

/** A body is read as it is: one that says it is compressed is refused, and not taken for what its bytes look like. */
export function refuseCodings(app: WebApp): void {
  app.addHook('onRequest', ({ headers }, _reply, done) => {
    const coding = headers['content-encoding']
    if (coding === undefined || coding.toLowerCase() === 'identity') return done()
    throw new Refusal(415, 'wrong-content-coding', 'send the body without a content-encoding')
  })
}
