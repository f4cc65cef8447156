/** A server that can be started. */
export interface RedisBinary {
  readonly path: string
  /** Where its shared libraries are, for one that was unpacked and not installed. */
  readonly libraries?: string | undefined
}
