import type { ConsoleApp } from '../console-app.ts'

/** Of a body in which no payload is: a thousand ids, and what JSON adds to them. */
export const SMALL_BODY: number = 256 << 10

/** Routes that take more say so; that of the host, or of a server, is not theirs. Before the first route. */
export function smallBodies(app: ConsoleApp): void {
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= SMALL_BODY
  })
}
