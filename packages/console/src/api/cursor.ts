import { Problem } from '../problems/problem.ts'
import { said } from './schemas.ts'
import { z } from 'zod'

/** Where a list goes on: a text that only this API reads. */
export const cursor = said('the `next` of the page before', z.string().min(1).max(2_048))

export function toCursor(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

export function wrongCursor(): Problem {
  return new Problem(400, 'invalid-request', 'after must be the next of a page of the same list')
}

/** Throws for any other text. */
export function fromCursor<T>(text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch {
    throw wrongCursor()
  }
}
