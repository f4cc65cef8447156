import { z } from 'zod'

/** The body of every error, as RFC 9457 has it. */
export const problemBody = z
  .object({
    type: z.string().meta({ description: 'Always `about:blank`: the code says what it is.' }),
    title: z.string().meta({ description: 'The status in words.' }),
    status: z.int(),
    detail: z.string().meta({ description: 'A sentence for people. It may change.' }),
    code: z.string().meta({ description: 'Stable. `unknown`: the storage did not answer, so it may have been done.' }),
    location: z.string().optional().meta({ description: 'Where the state of the task concerned can be read.' }),
    instance: z.string().meta({ description: 'The id of the request, as in `x-request-id`.' }),
  })
  .meta({
    examples: [
      {
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: 'nothing is known of such a task',
        code: 'unknown-task',
        instance: '1d7f3d0e-6a0c-4a44-9a3e-0d0a9c7f6f52',
      },
    ],
  })
export type ProblemBody = z.infer<typeof problemBody>

export const PROBLEM_TYPE = 'application/problem+json'
