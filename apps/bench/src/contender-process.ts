import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { helperStarter } from './helpers/helper.ts'
import { findContender } from './contenders/all.ts'
import { measure } from './measure.ts'
import { findScenario } from './scenarios/all.ts'
import type { Measures, Stage } from './scenarios/scenario.ts'
import type { Place } from './servers/server.ts'

/** What the bench asks of a contender's process. */
export interface Order {
  readonly place: Place
  readonly contender: string
  readonly scenario: string
  readonly count: number
  readonly profile: string | undefined
}

type Answer = { readonly measures: Measures } | { readonly error: string }

/** The first argument that makes the program a contender's process. */
export const CONTENDER_ROLE = 'contender'

/** A process for one contender, so that none runs on code that another has warmed up, or on its memory. */
export class ContenderProcess {
  readonly #child: ChildProcess
  #fail: ((error: Error) => void) | undefined
  #settle: ((answer: Answer) => void) | undefined

  constructor(program: string) {
    this.#child = fork(program, [CONTENDER_ROLE], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.#child.on('message', (answer) => this.#settle?.(answer as Answer))
    this.#child.on('error', (error) => this.#fail?.(error))
    this.#child.on('exit', (code, signal) => this.#fail?.(new Error(`its process ended with ${signal ?? code}`)))
  }

  async measure(order: Order): Promise<Measures> {
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#settle = resolve
      this.#fail = reject
      this.#child.send(order, (error) => error && reject(error))
    })
    if ('error' in answer) throw new Error(answer.error)
    return answer.measures
  }

  /** It has no work then, so nothing is lost. */
  stop(): void {
    this.#fail = undefined
    this.#child.kill('SIGKILL')
  }
}

/** The other side: measures what the bench asks for, for as long as the bench runs. */
export interface ContenderHost {
  on(event: 'message', listener: (order: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
  send?(answer: Answer): unknown
  exit(code: number): never
  cpuUsage(): { readonly user: number; readonly system: number }
}

export function serveContender(host: ContenderHost, program: string): void {
  const helper = helperStarter(program)
  const usedCpuUs = (): number => {
    const { user, system } = host.cpuUsage()
    return user + system
  }
  host.on('disconnect', () => host.exit(0))
  host.on('message', (order) => {
    obey(order as Order, helper, usedCpuUs).then(
      (measures) => host.send?.({ measures }),
      (error: unknown) => host.send?.({ error: error instanceof Error ? error.message : String(error) }),
    )
  })
}

async function obey(order: Order, helper: Stage['helper'], usedCpuUs: Stage['usedCpuUs']): Promise<Measures> {
  const contender = findContender(order.contender)
  const scenario = findScenario(order.scenario)
  if (!contender || !scenario) throw new Error(`there is no ${order.contender} or no ${order.scenario}`)
  return measure({ ...order, contender, scenario, helper, usedCpuUs })
}
