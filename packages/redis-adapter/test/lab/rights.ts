import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/production.md'), 'utf8')

export type RoleName = 'producer' | 'worker' | 'operator'

/** What docs/production.md says behind ACL SETUSER: the name, and what that user may do. */
export function ruleOf(role: RoleName): string[] {
  const [, text] = new RegExp(`ACL SETUSER (${role} [^\`]*?)\\n(?:\\n|\`)`).exec(page)!
  return text!.replace(/\s*\\\n\s*/g, ' ').split(' ')
}

export function passwordOf(rule: readonly string[]): string {
  return rule.find((word) => word.startsWith('>'))!.slice(1)
}
