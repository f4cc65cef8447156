import type { Broker } from '@mq/core'
import type { Access } from '../access/guard.ts'
import type { Directory } from './directory.ts'
import type { Readings } from '../views/readings.ts'

/** What the resources share. */
export interface Api {
  readonly broker: Broker
  readonly access: Access
  readonly directory: Directory
  readonly readings: Readings
  /** Path of the API. */
  readonly path: string
  /** Aborts when the server closes, which ends what waits for a task. */
  readonly closing: AbortSignal
}
