import type { JackdClient } from 'jackd'
import jackd from 'jackd'

/** Its types say that the class is a default export; for Node it is what the module exports. */
export const Jackd = jackd as unknown as new () => JackdClient
