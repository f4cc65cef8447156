/** What a client may do. Each role may do all that the ones before it may. */
export const ROLES = ['viewer', 'producer', 'operator'] as const
export type Role = (typeof ROLES)[number]

/** Who sent a request, as far as it is known. */
export interface Identity {
  readonly role: Role
  /** A name for the list of changes; undefined where the client has none. */
  readonly user?: string | undefined
}

export function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value)
}

export function includes(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The role that a route of the console needs; `anyone`: none. A route without one is refused to everybody. */
    readonly role?: Role | 'anyone' | undefined
  }
  interface FastifyRequest {
    /** Of the client of a route of the console; null before it is known. */
    consoleIdentity: Identity | null
  }
}
