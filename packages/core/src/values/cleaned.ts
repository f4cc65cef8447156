/**
 * A name that a person or a machine gave itself, for lists and logs: characters that would break a line, or change the
 * direction of text, become blanks.
 */
export function cleaned(name: string, most: number): string {
  return name.slice(0, most).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
}
