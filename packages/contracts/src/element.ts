import { z } from 'zod'

/** What both modes carry, as in the article: a whole number from 0 to 9. */
export const element = z.int().min(0).max(9)
