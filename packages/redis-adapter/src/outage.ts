import type { Environment } from '@mq/core/adapter'
import { MqError } from '@mq/core/adapter'
import type { Role } from './client.ts'

export interface OutageParts {
  readonly role: Role
  readonly target: string
  readonly environment: Environment
}

/** Reports an outage of a connection twice: when it begins, and when it ends, with its length. */
export class Outage {
  readonly #parts: OutageParts
  #since: number | undefined

  constructor(parts: OutageParts) {
    this.#parts = parts
  }

  /** `lost`: it was connected before, so that no caller may be waiting for the error. */
  begin(reason: string, lost: boolean): void {
    if (this.#since !== undefined) return
    this.#since = performance.now()
    const { environment, role, target } = this.#parts
    environment.logger.warn({ role, target, reason }, 'not connected to Redis; reconnecting until it answers')
    if (!lost) return
    const message = `the ${role} connection to ${target} was lost: ${reason}`
    environment.onError(new MqError('unavailable', message, { details: { role } }))
  }

  end(): void {
    if (this.#since === undefined) return
    const { environment, role, target } = this.#parts
    const downMs = Math.round(performance.now() - this.#since)
    this.#since = undefined
    environment.logger.info({ role, target, downMs }, 'connected to Redis again')
  }
}
