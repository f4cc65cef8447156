import { fork } from 'node:child_process'
import type { Helper, HelperRole, Stage } from '../scenarios/scenario.ts'

type Answer = { readonly answer: unknown } | { readonly error: string } | { readonly told: unknown }

/** Starts the program in another role; what it asks of it is answered in order. */
export function helperStarter(program: string): Stage['helper'] {
  return (role: HelperRole): Helper => {
    const child = fork(program, [role], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const asked: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = []
    let listener: ((told: unknown) => void) | undefined
    child.on('message', (message: Answer) => {
      if ('told' in message) return listener?.(message.told)
      const first = asked.shift()
      if ('error' in message) first?.reject(new Error(message.error))
      else first?.resolve(message.answer)
    })
    child.on('exit', (code, signal) => {
      for (const { reject } of asked.splice(0)) reject(new Error(`the ${role} ended with ${signal ?? code}`))
    })
    return {
      ask: (message) =>
        new Promise((resolve, reject) => {
          asked.push({ resolve, reject })
          child.send(message, (error) => error && reject(error))
        }),
      onTold: (given) => void (listener = given),
      end: () => void child.kill('SIGKILL'),
    }
  }
}

/** The other side of it. */
export interface HelperHost {
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
  send?(answer: Answer): unknown
  exit(code: number): never
}

/** What a role does with a message; `tell` is for what nobody asked. */
export type Role = (message: object, tell: (told: unknown) => void) => Promise<unknown>

export function serveHelper(host: HelperHost, role: Role): void {
  host.on('disconnect', () => host.exit(0))
  host.on('message', (message) => {
    role(message as object, (told) => void host.send?.({ told })).then(
      (answer) => host.send?.({ answer: answer ?? null }),
      (error: unknown) => host.send?.({ error: error instanceof Error ? error.message : String(error) }),
    )
  })
}
