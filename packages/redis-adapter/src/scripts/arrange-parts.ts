import type { Part } from './define-part.ts'

/** The texts of these parts, each after those that give what it needs, else in this order. Throws an Error where two need each other. */
export function arrangeParts(...parts: readonly Part[]): string {
  const arranged = new Set<Part>()
  const open: Part[] = []
  function place(part: Part): void {
    if (arranged.has(part)) return
    if (open.includes(part)) {
      const circle = [...open.slice(open.indexOf(part)), part].map(({ name }) => name)
      throw new Error(`parts of a script need each other: ${circle.join(' → ')}`)
    }
    open.push(part)
    for (const need of part.needs) {
      const giver = parts.find(({ gives }) => gives.includes(need))
      if (giver !== undefined && giver !== part) place(giver)
    }
    open.pop()
    arranged.add(part)
  }
  parts.forEach(place)
  return [...arranged].map((part) => part.lua).join('')
}
