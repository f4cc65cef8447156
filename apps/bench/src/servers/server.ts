import type { Meter } from '../meters/meter.ts'

/**
 * What is lost when the machine fails at once: everything; about the last second; nothing, since each commit waits for
 * the disk.
 */
export type Durability = 'none' | '1s' | 'fsync'

export const DURABILITIES: readonly Durability[] = ['none', '1s', 'fsync']

export type ServerName = 'redis' | 'postgres' | 'nats' | 'rabbitmq' | 'beanstalkd' | 'memory'

/** Where a contender finds its server, and the bench the server's processes and files. */
export interface Place {
  /** It bears what a contender has to know of the class, such as NATS' kind of storage. */
  readonly url: string
  /** Undefined for what has no process of its own. */
  readonly pid: number | undefined
  readonly directory: string | undefined
}

export interface RunningServer extends AsyncDisposable {
  readonly place: Place
  /** Name and version, for the table. */
  readonly title: string
}

/** A server that the bench can start for itself, on a free loopback port, without root, and that ends with it. */
export interface Server {
  readonly name: ServerName
  /** What it is started with, for readers of the table; no entry: it has no such class. */
  readonly settings: Readonly<Partial<Record<Durability, string>>>
  /** Why it has no such class. */
  readonly lacks?: Readonly<Partial<Record<Durability, string>>> | undefined
  /** Throws where it cannot be had, with the reason. */
  start(durability: Durability): Promise<RunningServer>
  connectMeter(place: Place): Promise<Meter>
}
