import { StartError } from './lifecycle.ts'

export interface ListenPlace {
  readonly host: string
  readonly port: number
  /** The environment variables of host and port. */
  readonly hostVariable: string
  readonly portVariable: string
}

/**
 * The reason why a server cannot listen there, as a StartError that names the variable to change; other errors as they
 * are.
 */
export function explainListen(error: unknown, { host, port, hostVariable, portVariable }: ListenPlace): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE': {
      const airPlay = port === 5000 ? ' (on a Mac, AirPlay Receiver holds 5000)' : ''
      return new StartError(`port ${port} on ${host} is taken${airPlay}: set ${portVariable} to another`)
    }
    case 'EACCES':
      return new StartError(
        `port ${port} on ${host} is not allowed for this user: set ${portVariable} to one above 1023`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`${host} is not an address of this machine: set ${hostVariable} to another`)
    default:
      return error
  }
}
