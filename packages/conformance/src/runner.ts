import type { Adapter, Capabilities, Clock } from '@mq/core'

/** What the suite needs of a test runner: that of vitest, of `node:test`, of jest. */
export interface Runner {
  readonly describe: (title: string, body: () => void) => unknown
  readonly it: It
}

export interface It {
  (title: string, body: (context: unknown) => Promise<void>): unknown
  readonly skip?: ((title: string, body: (context: unknown) => Promise<void>) => unknown) | undefined
}

export interface ConformanceOptions {
  /** The name of the adapter, for the titles. */
  readonly name: string
  /**
   * The capabilities of the adapter. Cases of missing ones are skipped, and the reason is printed. Default: it has all.
   */
  readonly capabilities?: Capabilities | undefined
  /** Makes an empty storage. Called for each case. Cases share nothing else, so a runner may run several at once. */
  create(): Promise<Fixture>
}

/** What programs do that know nothing of mq, in the words of a Redis client. */
export interface OtherProgram {
  lpush(list: string, ...texts: string[]): unknown
  rpush(list: string, ...texts: string[]): unknown
  /** Undefined or null where there is none. */
  lpop(list: string): unknown
  llen(list: string): number | Promise<number>
  publish(topic: string, text: string): unknown
  /** Resolves when what is published from now on will be heard. */
  subscribe(topic: string, listener: (text: string) => void): unknown
}

export interface Fixture {
  readonly adapter: Adapter
  readonly time: {
    /**
     * Lets so much time pass for the storage and for brokers alike: by a virtual clock that both use, or by waiting.
     */
    pass(ms: number): Promise<void>
  }
  /** The clock for brokers; with a virtual one, minutes and hours can pass. Default: real time. */
  readonly clock?: Clock | undefined
  /** Where `capabilities.plain`: a program without this library, at the same storage. */
  readonly otherProgram?: OtherProgram | undefined
  /** Frees what `create` made. Its storages are closed before. */
  dispose(): Promise<void>
}
