/** How programs reach Redis, and what a confirmation is worth there. */
export interface Place {
  /** Of a server, or of a node of a cluster. */
  readonly url: string
  /** `url` is of a node of a cluster. mq sees that by itself. */
  readonly isCluster?: boolean | undefined
  /** Who name the master: it is asked for there, in place of `url`. */
  readonly sentinel?: { readonly name: string; readonly urls: readonly string[] } | undefined
  /** How many partitions the queue has. */
  readonly partitions?: number | undefined
  /** So many replicas must have what a call wrote. */
  readonly durability?: { readonly replicas: number; readonly timeoutMs: number } | undefined
}
