import { z } from 'zod'

/** The payload of both modes, as in the article: a whole number from 0 to 9. */
export const element = z.int().min(0).max(9)
