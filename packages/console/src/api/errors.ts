import { PROBLEM_TYPE, problemBody } from '../problems/problem-body.ts'

const answer = { description: 'A problem', content: { [PROBLEM_TYPE]: { schema: problemBody } } }

/** What each route may answer besides. */
export const errors = { '4xx': answer, '5xx': answer }
