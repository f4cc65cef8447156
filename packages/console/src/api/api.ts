import type { Broker } from '@mq/core'
import type { FastifyRequest } from 'fastify'
import type { Access } from '../access/guard.ts'
import type { RedactPlace } from '../access/redaction.ts'
import type { Readings } from '../views/readings.ts'
import type { Show } from '../views/show.ts'
import type { Directory } from './directory.ts'
import type { Waits } from './waits.ts'

/** What the resources share. */
export interface Api {
  readonly broker: Broker
  readonly access: Access
  readonly directory: Directory
  readonly readings: Readings
  readonly waits: Waits
  /** What the client of a request may see. */
  readonly show: (request: FastifyRequest, place: Pick<RedactPlace, 'queue' | 'channel'>) => Show
  /** Path of the API. */
  readonly path: string
  /** Aborts when the server closes, which ends what waits for a task. */
  readonly closing: AbortSignal
}
