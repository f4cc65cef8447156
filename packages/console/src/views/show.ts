import { errorFor } from '../access/redaction.ts'
import type { ErrorText, Redact, RedactPlace } from '../access/redaction.ts'
import type { Role } from '../access/role.ts'

export interface ShowParts {
  readonly redact: Redact
  readonly role: Role
  readonly queue?: string | undefined
  readonly channel?: string | undefined
}

/** Shows one client what came from users and workers. */
export interface Show {
  /** What the host's redaction leaves of a value. */
  readonly value: (value: unknown, field: RedactPlace['field'], id?: string) => unknown
  /** Without its texts where they are not for this client. */
  readonly error: <E extends ErrorText>(error: E) => Partial<E>
}

export function showTo({ redact, role, ...place }: ShowParts): Show {
  return {
    value: (value, field, id) => redact(value, { ...place, field, id, role }),
    error: (error) => errorFor(role, error) as Partial<typeof error>,
  }
}
