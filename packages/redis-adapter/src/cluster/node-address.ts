/** Where a node of a cluster is reached. */
export interface NodeAddress {
  readonly host: string
  readonly port: number
}

/** For maps, logs and errors. */
export function addressText({ host, port }: NodeAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
