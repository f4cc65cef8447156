import { createChecks } from './checks.ts'
import type { Checks, Refuse } from './checks.ts'

export { show, showWord } from './checks.ts'

/**
 * Checks of what a program declares and sets up: definitions, brokers, adapters, workers, handlers. A mistake there is
 * the programmer's, and throws a TypeError.
 */
const mistake: Refuse = (message) => new TypeError(message)
const checks = createChecks(mistake)

export const checkName: Checks['checkName'] = checks.checkName
export const checkInteger: Checks['checkInteger'] = checks.checkInteger
export const checkNumber: Checks['checkNumber'] = checks.checkNumber
export const checkBoolean: Checks['checkBoolean'] = checks.checkBoolean
export const checkFunction: Checks['checkFunction'] = checks.checkFunction
export const checkMethods: Checks['checkMethods'] = checks.checkMethods
export const checkSignal: Checks['checkSignal'] = checks.checkSignal
export const checkList: Checks['checkList'] = checks.checkList
export const checkOptions: Checks['checkOptions'] = checks.checkOptions
